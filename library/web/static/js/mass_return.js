// A pile of returns: every scan gets its line at once, answers fill the lines in order, counts run along.
import { keepCursorIn, scanQueue } from "./scan_queue.js";
import { send } from "./send.js";
import { beep } from "./sounds.js";

const page = document.querySelector("[data-pile]");
const form = page.querySelector("[data-pile-form]");
const box = form.querySelector("#scan");
const place = (name) => page.querySelector(`[data-pile-${name}]`);
const SHOWN = 200; // lines on the screen; all of them are on the summary
let newest = null; // the book taken back by the last scan: what F8 undoes
// Refused scans are nowhere on the server: kept in this tab, so that the summary (the page anew) has them too.
const KEPT = `kesach-pile-refused-${new URLSearchParams(location.search).get("from")}`;

function refusals() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? [];
  } catch {
    return [];
  }
}

function noteRefused(code, text) {
  count("refused");
  try {
    sessionStorage.setItem(KEPT, JSON.stringify([...refusals(), { code, text }].slice(-SHOWN)));
  } catch { /* a browser without storage: they stand until the page is loaded again */ }
}

function newLine(code, text) {
  const line = document.createElement("li");
  line.className = "pile-line pile-waiting";
  const shown = document.createElement("span");
  shown.className = "pile-code";
  shown.textContent = code;
  const said = document.createElement("span");
  said.dataset.text = "";
  said.textContent = text;
  line.append(shown, said);
  place("list").prepend(line);
  while (place("list").children.length > SHOWN) place("list").lastElementChild.remove();
  return line;
}

for (const { code, text } of refusals()) newLine(code, text).className = "pile-line pile-no";
place("refused").textContent = String(refusals().length);

function count(name, by = 1) {
  const figure = place(name);
  figure.textContent = String(Number(figure.textContent) + by);
}

function fill(scan, tone, text) {
  scan.line.className = `pile-line pile-${tone}`;
  scan.line.querySelector("[data-text]").textContent = text;
  place("said").textContent = text;
  beep(tone);
}

function say(text) {
  place("said").textContent = text;
  const line = document.createElement("li");
  line.className = "pile-line pile-no";
  line.textContent = text;
  place("list").prepend(line);
  beep("no");
}

// The last book of this pile, when all scanned before is answered; the next scan waits for it.
function undo() {
  queue.afterwards(async () => {
    if (!newest) {
      say("Lượt quét cuối không nhận trả cuốn nào. Việc cũ hơn: hoàn tác ở Quầy mượn trả.");
      return;
    }
    const { answer, scan } = newest;
    newest = null;
    try {
      const undone = await send(place("undo").dataset.pileUndo, {});
      count("returned", -1);
      if (answer.late) count("late", -1);
      if (answer.kept_for) count("kept", -1);
      fill(scan, "waiting", undone.sentence);
    } catch (problem) {
      say(problem.message);
    }
  });
}

const queue = scanQueue({
  url: form.action,
  waiting: place("waiting"),
  prepare: ({ text, key }) => ({ text, key, mode: "return", reader_id: "", comment: form.elements.comment.value }),
  answered(answer, scan) {
    newest = answer.outcome === "returned" ? { answer, scan } : null;
    if (answer.outcome === "returned") count("returned");
    else if (answer.outcome === "not_on_loan") count("idle");
    if (answer.late) count("late");
    if (answer.kept_for) count("kept");
    const more = answer.kept_for ? ` Để lên kệ đặt mượn cho ${answer.kept_for}.` : "";
    const card = answer.outcome === "reader" || (answer.card_awaited && answer.outcome === "refused");
    const text = card ? "Đây là thẻ bạn đọc. Ở đây chỉ quét sách." : answer.sentence + more;
    if (!["returned", "not_on_loan", "already"].includes(answer.outcome)) noteRefused(scan.text, text);
    fill(scan, card ? "no" : answer.tone, text);
  },
  trouble(text, scan) {
    if (scan) {
      newest = null;
      noteRefused(scan.text, text);
      fill(scan, "no", text);
    } else say(text);
  },
});

queue.listen(form, box, (text) => {
  queue.take(text, { line: newLine(text, "đang ghi…") });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") queue.work();
  else if (event.key === "F8") {
    event.preventDefault();
    if (!event.repeat) undo();
  }
});
place("undo").addEventListener("click", () => {
  undo();
  box.focus();
});
keepCursorIn(box);
