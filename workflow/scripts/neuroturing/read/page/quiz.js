"use strict";

const quiz = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("quiz");

function fail(error) {
  const text = "Something went wrong. Reload the page: every answer given so far is kept.";
  main.replaceChildren(element("section", { class: "text", role: "alert" }, element("h1", {}, text), element("p", {}, String(error))));
}

function opening(store) {
  const { page } = quiz, done = answered(quiz, store), begun = store.has("scale");
  const seconds = page.seconds ? `Each image is shown for ${page.seconds} seconds. Then it disappears, and you may still answer.` : "There is no time limit.";
  const counts = `${quiz.practice.length ? `${quiz.practice.length} images to practise on, with the truth told, and then ` : ""}${quiz.test.length} images.`;
  const warning = store.kept
    ? element("p", {}, "Answers are kept in this browser as you give them: you may stop at any time and go on later, with this file where it is and in the same browser. Do not use a private window: it forgets.")
    : element("p", { class: "warning", role: "alert" }, "This browser keeps nothing (a private window?). Do not close or reload this page before you have saved the answers at its end, or open it in an ordinary window.");
  return [
    element("h1", {}, `${quiz.title} · ${quiz.reader}`),
    ...page.instructions.split(/\n+/).filter(Boolean).map((text) => element("p", {}, text)),
    element("p", {}, `${counts} ${seconds}`),
    element("p", {}, "Answer by mouse, by touch, or by the keys that the buttons show."),
    warning,
    done || begun ? element("p", { class: "note" }, `Welcome back: ${done} of ${quiz.test.length} images are answered.`) : null,
    done ? element("p", {}, button("Save the answers so far", null, () => download(quiz, store))) : null,
  ];
}

function pause(store, title) {
  return () => [
    element("h1", {}, title),
    element("p", {}, `${answered(quiz, store)} of ${quiz.test.length} images are answered. Rest as long as you like.`),
    answered(quiz, store) ? element("p", {}, button("Save the answers so far", null, () => download(quiz, store))) : null,
  ];
}

// The screens that are left: what is answered is not asked again.
function timeline(store) {
  const left = (items) => items.filter((item) => !store.has(`answer ${item.image_id}`));
  const judge = (item, title, at, of) => ({ type: Judgement, quiz, store, item, place: { title, at, of } });
  const screens = [{ type: TextScreen, content: () => opening(store), go: answered(quiz, store) ? "Go on" : "Begin" }];
  const finish = { type: Finish, quiz, store };
  if (!left(quiz.test).length) return [finish];
  screens.push({ timeline: [{ type: Calibration, store }], conditional_function: () => pixelsPerMm(store) === undefined });
  for (const item of left(quiz.practice)) {
    const at = quiz.practice.indexOf(item);
    screens.push(judge(item, `Practice ${at + 1} of ${quiz.practice.length}`, at, quiz.practice.length));
  }
  if (left(quiz.practice).length) screens.push({ type: TextScreen, content: pause(store, "Practice is over. The truth is not told from here on."), go: "Begin" });
  const blocks = Math.max(...quiz.test.map((item) => item.block));
  let before = null;
  for (const item of left(quiz.test)) {
    const at = quiz.test.indexOf(item);
    if (before !== null && before !== item.block) {
      screens.push({ type: TextScreen, content: pause(store, `Block ${before} of ${blocks} is done.`), go: "Go on" });
    }
    before = item.block;
    screens.push(judge(item, `Image ${at + 1} of ${quiz.test.length}${blocks > 1 ? `, block ${item.block} of ${blocks}` : ""}`, at, quiz.test.length));
  }
  return [...screens, finish];
}

async function start() {
  const name = `neuroturing ${quiz.quiz_id} ${quiz.protocol_hash}`;
  const store = await Store.open(name);
  const jsPsych = initJsPsych({ display_element: main });
  main.replaceChildren();
  await jsPsych.run(timeline(store));
}

// One window at a time, where the browser can tell: two would ask the same image twice.
async function alone(work) {
  if (!navigator.locks) return work();
  const once = (lock) => (lock ? work() : main.replaceChildren(element("section", { class: "text", role: "alert" }, element("h1", {}, "This quiz is open in another window."), element("p", {}, "Go on there, or close it and reload this page."))));
  return navigator.locks.request(`neuroturing ${quiz.quiz_id}`, { ifAvailable: true }, once);
}

addEventListener("unhandledrejection", (event) => fail(event.reason));
alone(start).catch((error) => fail(error));
