"use strict";

const CARD_MM = [85.6, 53.98]; // ISO/IEC 7810, ID-1: bank cards, identity cards

// A screen of text that is left by its button.
class TextScreen {
  static info = describe("text", ["go"], ["content"]);

  trial(display, trial) {
    return new Promise((resolve) => {
      const go = button(trial.go, "Enter", () => resolve({}), "go");
      display.replaceChildren(section(trial.content(), paragraph(go)));
      go.focus();
    });
  }
}

// How large a millimetre is on this screen, by a card that everybody has.
class Calibration {
  static info = describe("calibration", ["store"]);

  trial(display, { store }) {
    const card = element("div", { class: "card" }, "card");
    const range = element("input", { type: "range", id: "scale", min: 2, max: 12, step: 0.01, value: 96 / 25.4 });
    const draw = () => ([card.style.width, card.style.height] = CARD_MM.map((side) => `${side * range.value}px`));
    const by = (step) => () => {
      range.value = Number(range.value) + step;
      draw();
    };
    return new Promise((resolve, reject) => {
      const done = () => {
        const scale = { device_px_per_mm: range.value * devicePixelRatio, screen: screenSize() };
        store.put("scale", scale).then(() => resolve(scale), reject);
      };
      range.addEventListener("input", draw);
      range.addEventListener("keydown", (event) => event.key === "Enter" && !event.repeat && done());
      const text =
        "Hold a bank card, or any card of that size (85.6 mm wide), to the screen, and make the frame as large as the card. " +
        "Images then have the same size on every screen.";
      display.replaceChildren(
        section(
          element("h1", {}, "How large is your screen?"),
          paragraph(text),
          element("label", { for: "scale" }, "Width of the frame"),
          element("div", { class: "finer" }, button("Smaller", null, by(-0.02)), range, button("Larger", null, by(0.02))),
          card,
          paragraph(button("The frame fits", "Enter", done, "go")),
        ),
      );
      draw();
      range.focus();
    });
  }
}

// The last screen: the answers, to be saved and sent.
class Finish {
  static info = describe("finish", ["quiz", "store"]);

  trial(display, { quiz, store }) {
    const area = element("textarea", { id: "csv", readonly: true, rows: 8, spellcheck: "false" });
    area.value = answersAsCsv(quiz, store);
    const said = element("span", { role: "status" });
    const save = button("Save the answers", null, () => download(quiz, store), "go");
    const name = `${quiz.reader}.csv`;
    const text = `Every image is answered. Save the file ${name} and send it to the person who sent you this page.`;
    display.replaceChildren(
      section(
        element("h1", {}, "Done. Thank you."),
        paragraph(text),
        paragraph(save),
        element("label", { for: "csv" }, "Where files cannot be saved, copy this text into a message instead:"),
        area,
        paragraph(
          button("Copy", null, () => copy(area, said)),
          " ",
          said,
        ),
      ),
    );
    save.focus();
    return new Promise(() => {});
  }
}
