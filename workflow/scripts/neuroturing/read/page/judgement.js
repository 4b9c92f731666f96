"use strict";

// One image: it is shown, for as long as the study says, and judged.
class Judgement {
  static info = describe("judgement", ["quiz", "store", "item", "place"]);

  constructor(jsPsych) {
    this.jsPsych = jsPsych;
  }

  async trial(display, { quiz, store, item, place }) {
    const limit = (quiz.page.seconds ?? Infinity) * 1000;
    Object.assign(this, { display, store, item, place, limit, asked: quiz.page });
    const open = store.get("open");
    const again = open && open.image_id === item.image_id;
    this.before = again ? open.viewed_ms : 0;
    this.interrupted = again ? open.interrupted + 1 : 0;
    this.lostBefore = (again ? open.lost_focus : 0) - this.blurs();
    const left = new Promise((resolve) => (this.leave = resolve));
    this.build();
    await this.show();
    const pressed = ({ key }) => this.press(key);
    this.jsPsych.pluginAPI.getKeyboardResponse({ callback_function: pressed, valid_responses: [...this.keys.keys()], persist: true });
    this.form.removeAttribute("aria-busy");
    const save = () => this.keepOpen();
    addEventListener("pagehide", save);
    await left;
    removeEventListener("pagehide", save);
    clearInterval(this.ticking);
    this.jsPsych.pluginAPI.cancelAllKeyboardResponses();
    return { image_id: item.image_id };
  }

  blurs() {
    return this.jsPsych.data.getInteractionData().filter({ event: "blur" }).count();
  }

  build() {
    const timed = Number.isFinite(this.limit);
    this.viewer = element("div", { class: "viewer" });
    this.clock = element("p", { class: "clock", "aria-hidden": "true" }, timed ? "" : "No time limit");
    this.bar = element("div", { class: "bar", "aria-hidden": "true" }, element("div"));
    const { title, at, of } = this.place;
    const progress = element("progress", { max: of, value: at, "aria-label": `${at} of ${of} answered` });
    const shown = element("div", { class: "shown" }, this.viewer, timed ? this.bar : null, this.clock);
    this.display.replaceChildren(
      element("header", {}, element("h1", {}, title), progress),
      element("div", { class: "case" }, shown, this.questions()),
    );
  }

  questions() {
    const { answers, confidence, reasons, comment } = this.asked;
    this.keys = new Map([["enter", null]]);
    const keyed = (key, type, name, value, text) => {
      const label = choice(type, name, value, text, key.toUpperCase());
      this.keys.set(key.toLowerCase(), label.querySelector("input"));
      return label;
    };
    const words = answers.map(([word, text]) => keyed(text[0], "radio", "answer", word, text));
    const ends = { 1: "guess", 5: "certain" };
    const levels = (confidence ? [1, 2, 3, 4, 5] : []).map((level) => keyed(`${level}`, "radio", "confidence", level, ends[level] ?? ""));
    const free = [..."asdfghjklqwetyuiopzxvbnm"].filter((key) => !this.keys.has(key));
    const why = reasons.map((reason, place) => keyed(free[place], "checkbox", "reasons", reason, reason));
    // A letter typed here is no key of a button.
    const typed = (event) => event.key !== "Enter" && event.stopPropagation();
    this.comment = element("input", { type: "text", id: "comment", maxlength: 300, autocomplete: "off", onkeydown: typed });
    this.said = element("p", { class: "said", role: "status" });
    this.go = button("Next", "Enter", () => this.next(), "go");
    const title = why.length ? "Another reason" : "Reasons (may be left empty)";
    const own = element("label", { class: "comment", for: "comment" }, title, this.comment);
    this.form = element(
      "form",
      {
        class: "questions",
        "data-image": this.item.image_id,
        "aria-busy": "true",
        onsubmit: (event) => event.preventDefault(),
        onchange: (event) => this.changed(event),
      },
      group("This image is", "answer", words),
      confidence ? group("How sure are you?", "confidence", levels) : null,
      why.length ? group("Why? (may be left empty)", "reasons", why) : null,
      comment ? own : null,
      this.said,
      this.go,
    );
    return this.form;
  }

  async show() {
    const image = element("img", {
      src: `data:image/png;base64,${this.item.png}`,
      alt: "The image to judge",
      class: this.asked.rendering,
      draggable: "false",
    });
    await image.decode();
    this.fit(image);
    this.image = image;
    if (this.before >= this.limit) return this.hide();
    this.viewer.replaceChildren(image);
    await painted();
    this.since = performance.now();
    this.ticking = setInterval(() => this.tick(), 50);
    this.tick();
  }

  // The longer side as many millimetres as the study says, or as fit into the window.
  fit(image) {
    const { naturalWidth: width, naturalHeight: height } = image;
    const [longer, shorter, wide] = [Math.max(width, height), Math.min(width, height), width >= height];
    const scale = pixelsPerMm(this.store);
    const across = this.viewer.parentElement.clientWidth,
      down = innerHeight - 130;
    const room = wide ? Math.min(across, (down * longer) / shorter) : Math.min(down, (across * longer) / shorter);
    const side = Math.min(this.asked.size_mm * scale, Math.max(room, 100));
    const sides = [side, (side * shorter) / longer].map((pixels) => `${pixels}px`);
    [this.viewer.style.width, this.viewer.style.height] = wide ? sides : sides.reverse();
    this.seen = { px_per_mm: scale.toFixed(3), shown_mm: (side / scale).toFixed(1), screen: screenSize(), pixel_ratio: devicePixelRatio };
  }

  viewed() {
    return this.before + (this.since === undefined ? 0 : performance.now() - this.since);
  }

  tick() {
    const left = this.limit - this.viewed();
    if (performance.now() - (this.keptAt ?? 0) > 1000) this.keepOpen();
    if (!Number.isFinite(left)) return;
    if (left <= 0 && this.image.isConnected && !this.told) this.hide();
    if (this.told || !this.image.isConnected) return;
    this.clock.textContent = `${Math.ceil(left / 1000)} s`;
    this.bar.firstChild.style.width = `${(100 * left) / this.limit}%`;
    if (left < 5000 && this.limit > 6000 && !this.warned) {
      this.warned = true;
      announce("5 seconds left");
    }
  }

  hide() {
    this.image.remove();
    this.viewer.replaceChildren(element("p", {}, "Time is up. The image is hidden; you may still answer."));
    this.clock.textContent = "0 s";
    this.bar.firstChild.style.width = "0";
    announce("Time is up. You may still answer.");
  }

  // A clock that has begun goes on after a reload: the time that an image was seen is kept.
  keepOpen() {
    this.keptAt = performance.now();
    const noticed = { lost_focus: this.lostBefore + this.blurs(), interrupted: this.interrupted };
    return this.store.put("open", { image_id: this.item.image_id, viewed_ms: Math.round(this.viewed()), ...noticed }).catch(() => {});
  }

  press(key) {
    const input = this.keys.get(key.toLowerCase());
    if (input) input.click();
    else this.next();
  }

  changed(event) {
    if (event.target.name === "answer") this.response_ms = Math.round(this.viewed());
    this.said.textContent = "";
  }

  async next() {
    if (this.told) return this.leave();
    if (this.go.disabled) return;
    const given = new FormData(this.form);
    const answer = given.get("answer"),
      confidence = given.get("confidence") ?? "";
    if (!answer) return this.ask("answer", "Choose an answer first.");
    if (this.asked.confidence && answer !== "unknown" && !confidence) return this.ask("confidence", "Say how sure you are first.");
    const comment = this.comment.value.replace(/\s+/g, " ").trim();
    const reasons = [...given.getAll("reasons"), ...(comment ? [`other: ${comment}`] : [])].join("; ");
    const noticed = { lost_focus: this.lostBefore + this.blurs(), interrupted: this.interrupted };
    const record = { answer, confidence, reasons, response_ms: this.response_ms, ...noticed, ...this.seen };
    this.go.disabled = true;
    try {
      await this.store.put(`answer ${this.item.image_id}`, record);
    } catch (error) {
      const why = error?.name ?? "no reason given";
      this.said.textContent = `The answer could not be kept (${why}). Free some disk space, then press Next again.`;
      return;
    } finally {
      this.go.disabled = false;
    }
    if (this.item.truth) this.tell(answer);
    else this.leave();
  }

  ask(name, text) {
    this.said.textContent = text;
    this.form.querySelector(`input[name=${name}]`).focus();
  }

  // Practice: the truth, with the image for as long as the reader likes.
  tell(answer) {
    this.told = true;
    const called = Object.fromEntries(this.asked.answers);
    const right = answer === this.item.truth;
    this.viewer.replaceChildren(this.image);
    this.bar.classList.add("hidden");
    this.clock.textContent = "Look as long as you like.";
    for (const input of this.form.elements) if (input !== this.go) input.disabled = true;
    this.said.className = `said ${right ? "right" : "wrong"}`;
    this.said.textContent = `${right ? "Right" : `Your answer was “${called[answer]}”`}: this image is “${called[this.item.truth]}”.`;
    this.go.focus();
  }
}
