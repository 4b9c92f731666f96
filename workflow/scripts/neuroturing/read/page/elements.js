"use strict";

// An element with attributes, listeners ("onclick") and children. Text is always text: no string is read as markup.
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null));
  return node;
}

function button(text, key, onclick, kind = "plain") {
  return element(
    "button",
    { type: "button", class: kind, "aria-keyshortcuts": key, onclick },
    text,
    key ? element("kbd", { "aria-hidden": "true" }, key) : null,
  );
}

// A radio button or a checkbox, its whole label to be pressed, with its key on it.
function choice(type, name, value, text, key) {
  const input = element("input", { type, name, value, "aria-keyshortcuts": key });
  const face = element("span", { class: "face" }, element("span", {}, text), element("kbd", { "aria-hidden": "true" }, key));
  return element("label", { class: "choice" }, input, face);
}

function group(legend, name, choices) {
  return element("fieldset", { class: name }, element("legend", {}, legend), element("div", { class: "choices" }, choices));
}

// What jsPsych must know of a kind of screen; `actions` are parameters that are functions.
function describe(name, parameters, actions = []) {
  const { COMPLEX, FUNCTION } = jsPsychModule.ParameterType;
  const types = [...parameters.map((key) => [key, { type: COMPLEX }]), ...actions.map((key) => [key, { type: FUNCTION }])];
  return { name, version: "1", parameters: Object.fromEntries(types), data: {} };
}

function section(...children) {
  return element("section", { class: "text" }, ...children);
}

function paragraph(...children) {
  return element("p", {}, ...children);
}

function images(count) {
  return count === 1 ? "one image" : `${count} images`;
}

// For screen readers; used sparingly.
function announce(text) {
  document.getElementById("announce").textContent = text;
}

// The next frame that is painted; resolves with its time.
function painted() {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}
