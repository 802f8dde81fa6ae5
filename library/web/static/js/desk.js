// The desk: one box, scan after scan (the line of scans is scan_queue.js).
import { refusedList } from "./desk_refused.js";
import { keepCursorIn, scanQueue } from "./scan_queue.js";
import { beep, soundIsOn, switchSound } from "./sounds.js";
import { toast } from "./toast.js";

const desk = document.querySelector("[data-desk]");
const form = desk.querySelector("[data-desk-form]");
const box = form.querySelector("#scan");
const place = (name) => desk.querySelector(`[data-desk-${name}]`);
const LABELS = {
  smart: "Quét thẻ, quét sách, hoặc gõ tên",
  return: "Nhận trả: quét từng cuốn",
  in_library: "Đọc tại chỗ: quét thẻ rồi quét sách",
  renew: "Gia hạn: quét từng cuốn",
};
const KEYS = { F4: "return", F6: "in_library", F7: "renew" };
const A_CHOICE = /^[1-9]$/; // the number beside one of the readers that were found
const A_SCAN = /^\S*\d{4,}\S*$/; // no reason is one word with a number in it

let mode = desk.dataset.mode;
let readerId = form.elements.reader_id.value;
let cardAwaited = form.elements.card_awaited.value; // a card could not be read: the next book is nobody's yet

function showReader(id) {
  readerId = id ? String(id) : "";
  for (const field of document.querySelectorAll("[data-desk-reader-id]")) field.value = readerId;
  const url = new URL(location.href);
  if (readerId) url.searchParams.set("reader", readerId);
  else url.searchParams.delete("reader");
  if (mode === "smart") url.searchParams.delete("mode");
  else url.searchParams.set("mode", mode);
  history.replaceState(null, "", url);
}

function setMode(next) {
  mode = next;
  queue.forget();
  desk.dataset.mode = mode;
  place("mode").value = mode;
  place("label").textContent = LABELS[mode];
  for (const chip of desk.querySelectorAll("[data-desk-set]")) {
    if (chip.dataset.deskSet === mode) chip.setAttribute("aria-current", "true");
    else chip.removeAttribute("aria-current");
  }
  showReader(readerId);
  box.focus();
}

const noteRefused = refusedList(place("refused"), place("refused-shape"));

function showAnswer(answer, scan) {
  noteRefused(answer, scan);
  document.querySelectorAll("[data-flash]").forEach((said) => said.remove()); // it spoke of an older step
  place("result").innerHTML = answer.result_html;
  place("panel").innerHTML = answer.reader_html;
  place("acts").innerHTML = answer.acts_html;
  cardAwaited = answer.card_awaited ? "1" : "";
  showReader(answer.reader_id);
  beep(answer.tone);
}

function showTrouble(text) {
  const said = document.createElement("section");
  said.className = "desk-say desk-say-no";
  const words = document.createElement("p");
  words.className = "desk-say-word";
  words.textContent = text;
  said.append(words);
  place("result").replaceChildren(said);
  beep("no");
}

const queue = scanQueue({
  url: form.action,
  waiting: place("waiting"),
  prepare: (scan) => ({ ...scan, reader_id: scan.reader_id ?? readerId, card_awaited: cardAwaited }),
  answered: showAnswer,
  trouble: showTrouble,
});

function take(text, more = {}) {
  queue.take(text, { mode, ...more });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  box.value = "";
  box.focus();
  if (!queue.length && A_CHOICE.test(text)) {
    const chosen = place("result").querySelectorAll("[data-desk-choice]")[Number(text) - 1];
    if (chosen) return chosen.click();
  }
  if (queue.fresh(text)) take(text);
});
// ui.js marks a posted form as sent so that it is not sent twice; this one never leaves the page.

desk.addEventListener("submit", (event) => {
  const override = event.target.closest("[data-desk-override]");
  if (!override) return;
  event.preventDefault();
  const comment = override.elements.comment.value.trim();
  box.focus();
  if (A_SCAN.test(comment)) { // the next book was scanned while the cursor stood here
    override.reset();
    if (queue.fresh(comment)) take(comment);
    return;
  }
  take(override.dataset.text, { overrides: override.dataset.overrides, comment });
});

desk.addEventListener("click", (event) => {
  const pick = event.target.closest("[data-desk-pick]");
  const set = event.target.closest("[data-desk-set]");
  const close = event.target.closest("[data-desk-close]");
  if (pick) take(pick.dataset.deskPick);
  if (set) setMode(set.dataset.deskSet);
  if (close) closeReader();
  if (set || close) event.preventDefault();
  if (pick || set || close) box.focus();
});

async function closeReader() {
  if (mode === "renew") setMode("smart"); // renewing was for this reader: the next child comes to borrow
  cardAwaited = "";
  showReader("");
  place("result").replaceChildren();
  box.value = "";
  box.focus();
  try {
    const page = await (await fetch(location.pathname, { headers: { Accept: "text/html" } })).text();
    const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("[data-desk-panel]");
    if (fresh && !readerId) place("panel").innerHTML = fresh.innerHTML;
  } catch {
    toast("Chưa nối được với máy chủ.");
  }
}

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (event.key in KEYS) {
    event.preventDefault();
    setMode(mode === KEYS[event.key] ? "smart" : KEYS[event.key]);
  } else if (event.key === "F8") {
    event.preventDefault();
    if (!queue.length) desk.querySelector("[data-desk-undo]").requestSubmit();
  } else if (event.key === "Escape") {
    event.preventDefault();
    if (event.target.closest("[data-desk-override]")) box.focus();
    else if (queue.length) queue.work();
    else closeReader();
  }
});

const sound = document.querySelector("[data-sound-switch]");
if (sound) {
  const show = () => {
    sound.setAttribute("aria-pressed", String(soundIsOn()));
    const use = sound.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, soundIsOn() ? "#volume-2" : "#volume-x"));
  };
  sound.hidden = false;
  sound.addEventListener("click", () => {
    switchSound(!soundIsOn());
    show();
    box.focus();
  });
  show();
}
keepCursorIn(box);
document.dispatchEvent(new Event("desk-ready")); // early_scan.js hands over what was scanned meanwhile
