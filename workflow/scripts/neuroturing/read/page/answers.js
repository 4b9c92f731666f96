"use strict";

const COLUMNS = [
  "image_id",
  "answer",
  "confidence",
  "reasons",
  "response_ms",
  "quiz_id",
  "protocol_hash",
  "block",
  "order",
  "screen",
  "pixel_ratio",
  "lost_focus",
  "px_per_mm",
  "shown_mm",
  "interrupted",
];

// The answers so far as CSV, in the order of the quiz.
function answersAsCsv(quiz, store) {
  const cell = (value) => {
    const text = String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const rows = quiz.test.map((item, place) => {
    const answer = store.get(`answer ${item.image_id}`);
    const { quiz_id, protocol_hash } = quiz;
    return answer && { image_id: item.image_id, quiz_id, protocol_hash, block: item.block, order: place + 1, ...answer };
  });
  const lines = [COLUMNS, ...rows.filter(Boolean).map((row) => COLUMNS.map((name) => row[name]))];
  return lines.map((line) => line.map(cell).join(",") + "\n").join("");
}

// With a byte order mark, so that a spreadsheet takes it for UTF-8.
function download(quiz, store) {
  const address = URL.createObjectURL(new Blob(["\ufeff", answersAsCsv(quiz, store)], { type: "text/csv" }));
  element("a", { href: address, download: `${quiz.reader}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

async function copy(area, said) {
  area.select();
  try {
    await navigator.clipboard.writeText(area.value);
    said.textContent = "Copied.";
  } catch {
    said.textContent = document.execCommand("copy") ? "Copied." : "Select the text and copy it by hand.";
  }
}

function answered(quiz, store) {
  return quiz.test.filter((item) => store.has(`answer ${item.image_id}`)).length;
}

// Pixels of the page in a millimetre of the screen, at the zoom of this moment; undefined until measured on this screen.
function pixelsPerMm(store) {
  const scale = store.get("scale");
  return scale?.screen === screenSize() ? scale.device_px_per_mm / devicePixelRatio : undefined;
}

// The longer side first: a tablet may be turned.
function screenSize() {
  return `${Math.max(screen.width, screen.height)}x${Math.min(screen.width, screen.height)}`;
}
