// The desk: one box, scan after scan (the line of scans is scan_queue.js).
import { refusedList } from "./desk_refused.js";
import { keepCursorIn, scanQueue } from "./scan_queue.js";
import { send } from "./send.js";
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

// What was said last; a refusal whose reason somebody is just writing stays below it until the reason is sent.
function say(...nodes) {
  const written = document.activeElement.closest("[data-desk-override]")?.closest(".desk-say");
  for (const old of [...place("result").children]) if (old !== written) old.remove();
  place("result").prepend(...nodes);
}

function showShared(answer) {
  document.querySelectorAll("[data-flash]").forEach((said) => said.remove()); // it spoke of an older step
  const shown = document.createElement("template");
  shown.innerHTML = answer.result_html;
  say(shown.content);
  place("panel").innerHTML = answer.reader_html;
  place("acts").innerHTML = answer.acts_html;
}

function showAnswer(answer, scan) {
  noteRefused(answer, scan);
  showShared(answer);
  cardAwaited = answer.card_awaited ? "1" : "";
  showReader(answer.reader_id);
  beep(answer.tone);
}

function showTrouble(text, tone = "no") {
  const said = document.createElement("section");
  said.className = `desk-say desk-say-${tone}`;
  const words = document.createElement("p");
  words.className = "desk-say-word";
  words.textContent = text;
  said.append(words);
  say(said);
  beep(tone);
}

const queue = scanQueue({
  url: form.action,
  waiting: place("waiting"),
  prepare: (scan) => ({ ...scan, reader_id: scan.reader_id ?? readerId, card_awaited: cardAwaited }),
  answered: showAnswer,
  trouble: (text) => showTrouble(text),
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

// The step that is last when everything scanned before F8 is written; the next scan waits for it. Pressed again
// meanwhile it is the same wish.
let undoing = false;
function undo(url, entry) {
  if (undoing) return;
  undoing = true;
  queue.afterwards(async () => {
    try {
      showShared(await send(url, { entry, reader_id: readerId }));
      beep("ok");
    } catch (problem) {
      showTrouble(problem.message, problem.status === 409 ? "attention" : "no");
    }
    undoing = false;
  });
}

desk.addEventListener("submit", (event) => {
  if (event.target.matches("[data-desk-undo]")) {
    event.preventDefault();
    undo(event.target.action, event.submitter?.value);
    box.focus();
    return;
  }
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
  if (close) done();
  if (set || close) event.preventDefault();
  if (pick || set || close) box.focus();
});

// Esc: this reader is done, when their scans that are still on the way are answered. What was refused of those stays.
function done() {
  const late = queue.length > 0;
  if (mode === "renew") setMode("smart"); // renewing was for this reader: the next child comes to borrow
  box.value = "";
  box.focus();
  queue.afterwards(() => closeReader(late));
}

function closeReader(late) {
  cardAwaited = "";
  showReader("");
  if (!late || !place("result").querySelector(".desk-say-no")) say();
  showNobody();
}

async function showNobody() {
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
    if (!event.repeat) desk.querySelector("[data-desk-undo]").requestSubmit();
  } else if (event.key === "Escape") {
    event.preventDefault();
    if (event.target.closest("[data-desk-override]")) box.focus();
    else if (queue.stopped) queue.work();
    else done();
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
