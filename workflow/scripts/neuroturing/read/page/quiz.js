"use strict";

const quiz = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("quiz");
const KEPT =
  "Answers are kept in this browser as you give them: you may stop at any time and go on later, with this file where it is and in the " +
  "same browser. Do not use a private window: it forgets.";
const NOT_KEPT =
  "This browser keeps nothing (a private window?). Do not close or reload this page before you have saved the answers at its end, or " +
  "open it in an ordinary window.";

// Instead of the quiz: what is wrong, and what helps.
function stop(title, ...more) {
  main.replaceChildren(
    element(
      "section",
      { class: "text", role: "alert" },
      element("h1", {}, title),
      more.map((text) => paragraph(text)),
    ),
  );
}

function fail(error) {
  stop("Something went wrong. Reload the page: every answer given so far is kept.", String(error));
}

function saveSoFar(store) {
  return answered(quiz, store) ? paragraph(button("Save the answers so far", null, () => download(quiz, store))) : null;
}

function opening(store) {
  const { instructions, seconds } = quiz.page;
  const practice = quiz.practice.length ? `${images(quiz.practice.length)} to practise on, with the truth told, and then ` : "";
  const timed = `Each is shown for ${seconds} seconds. Then it disappears, and you may still answer.`;
  const begun = `Welcome back: ${answered(quiz, store)} of ${quiz.test.length} images are answered.`;
  return [
    element("h1", {}, `${quiz.title} · ${quiz.reader}`),
    store.has("scale") ? element("p", { class: "note" }, begun) : null,
    ...instructions
      .split(/\n+/)
      .filter(Boolean)
      .map((text) => paragraph(text)),
    paragraph(`There are ${practice}${images(quiz.test.length)} to judge. ${seconds ? timed : "There is no time limit."}`),
    paragraph("Answer by mouse, by touch, or by the keys that the buttons show."),
    store.kept ? paragraph(KEPT) : element("p", { class: "warning", role: "alert" }, NOT_KEPT),
    saveSoFar(store),
  ];
}

function pause(store, title) {
  const done = answered(quiz, store);
  const text = done ? `${done} of ${quiz.test.length} images are answered. Rest as long as you like.` : "The images to judge come next.";
  return [element("h1", {}, title), paragraph(text), saveSoFar(store)];
}

// The screens that are left: what is answered is not asked again.
function timeline(store) {
  const left = (items) => items.filter((item) => !store.has(`answer ${item.image_id}`));
  const unmeasured = { timeline: [{ type: Calibration, store }], conditional_function: () => pixelsPerMm(store) === undefined };
  const judge = (item, title, of) => [
    unmeasured,
    { type: Judgement, quiz, store, item, place: { title, at: of.indexOf(item), of: of.length } },
  ];
  const text = (content, go) => ({ type: TextScreen, content, go });
  const finish = { type: Finish, quiz, store };
  if (!left(quiz.test).length) return [finish];
  const screens = [text(() => opening(store), answered(quiz, store) ? "Go on" : "Begin")];
  for (const item of left(quiz.practice)) {
    screens.push(...judge(item, `Practice ${quiz.practice.indexOf(item) + 1} of ${quiz.practice.length}`, quiz.practice));
  }
  if (left(quiz.practice).length) screens.push(text(() => pause(store, "Practice is over. The truth is no longer told."), "Begin"));
  const blocks = Math.max(...quiz.test.map((item) => item.block));
  left(quiz.test).forEach((item, place, items) => {
    const before = items[place - 1]?.block ?? item.block;
    if (before !== item.block) screens.push(text(() => pause(store, `Block ${before} of ${blocks} is done.`), "Go on"));
    const which = blocks > 1 ? `, block ${item.block} of ${blocks}` : "";
    screens.push(...judge(item, `Image ${quiz.test.indexOf(item) + 1} of ${quiz.test.length}${which}`, quiz.test));
  });
  return [...screens, finish];
}

// Whether no other window has this quiz open, as far as the browser tells: two would ask the same image twice.
function isAlone() {
  return new Promise((resolve) => {
    if (!navigator.locks) return resolve(true);
    const held = (lock) => {
      resolve(lock !== null);
      return lock ? new Promise(() => {}) : null;
    };
    navigator.locks.request(`neuroturing ${quiz.quiz_id}`, { ifAvailable: true }, held).catch(() => resolve(true));
  });
}

async function start() {
  if (!(await isAlone())) return stop("This quiz is open in another window.", "Go on there, or close it and reload this page.");
  const store = await Store.open(`neuroturing ${quiz.quiz_id} ${quiz.protocol_hash}`);
  main.replaceChildren();
  // The page is no stop of the tabulator; it has the focus for the keys.
  const jsPsych = initJsPsych({ display_element: main, on_trial_start: () => (main.tabIndex = -1) });
  await jsPsych.run(timeline(store));
}

addEventListener("unhandledrejection", (event) => fail(event.reason));
addEventListener("error", (event) => fail(event.message));
start().catch(fail);
