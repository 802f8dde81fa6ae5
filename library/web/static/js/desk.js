// The desk: every scan is caught, kept in order and sent one after another, so that two scans 50 ms apart
// are two acts. A scan that cannot be sent waits with its own key: sent again, it is never done twice.
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
};
const SAME_SCAN_MS = 1200; // one book left under the scanner reads twice
const RETRY_MS = [500, 1000, 2000, 4000, 8000];

let mode = desk.dataset.mode;
let readerId = form.elements.reader_id.value;
let working = false;
let last = { text: "", at: 0 };
const queue = [];

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain http in the school's network: no randomUUID there.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

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

function showWaiting(text = "") {
  const waiting = place("waiting");
  waiting.textContent = text || (queue.length > 1 ? `Còn ${queue.length} lượt quét đang ghi` : "");
  waiting.hidden = !waiting.textContent;
}

function showAnswer(answer) {
  place("result").innerHTML = answer.result_html;
  place("panel").innerHTML = answer.reader_html;
  place("acts").innerHTML = answer.acts_html;
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

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function work() {
  if (working) return;
  working = true;
  while (queue.length) {
    const scan = queue[0];
    showWaiting();
    try {
      const answer = await send(form.action, { ...scan, reader_id: scan.reader_id ?? readerId });
      showAnswer(answer);
      queue.shift();
    } catch (problem) {
      if (problem.status === 0 || problem.status === 503 || problem.status === 429) {
        scan.tries = (scan.tries || 0) + 1;
        showWaiting(`Máy chủ chưa trả lời. Giữ ${queue.length} lượt quét, đang gửi lại…`);
        await pause(RETRY_MS[Math.min(scan.tries, RETRY_MS.length) - 1]);
        continue; // the same key: nothing is done twice
      }
      if (problem.status === 401 || problem.status === 400) {
        showTrouble(`${problem.message} Còn ${queue.length} lượt quét chưa ghi: đăng nhập lại ở thẻ khác của trình duyệt rồi bấm Esc.`);
        break;
      }
      showTrouble(problem.message);
      queue.shift();
    }
  }
  working = false;
  if (!queue.length) showWaiting();
}

function take(text, more = {}) {
  queue.push({ text, mode, key: newKey(), ...more });
  work();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  box.value = "";
  box.focus();
  if (!text) return;
  const moment = Date.now();
  if (text === last.text && moment - last.at < SAME_SCAN_MS) {
    last.at = moment;
    return;
  }
  last = { text, at: moment };
  take(text);
});
// ui.js marks a posted form as sent so that it is not sent twice; this one never leaves the page.

desk.addEventListener("submit", (event) => {
  const override = event.target.closest("[data-desk-override]");
  if (!override) return;
  event.preventDefault();
  take(override.dataset.text, { overrides: override.dataset.overrides, comment: override.elements.comment.value });
  box.focus();
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
  if (event.key === "F4") {
    event.preventDefault();
    setMode(mode === "return" ? "smart" : "return");
  } else if (event.key === "Escape") {
    event.preventDefault();
    if (queue.length) work();
    else closeReader();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
    // A scanner types wherever the cursor is: bring it home, unless somebody is writing elsewhere.
    if (!event.target.closest("input, textarea, select, button, summary, a")) box.focus();
  }
});

window.addEventListener("beforeunload", (event) => {
  if (queue.length) event.preventDefault();
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
box.focus();
