// Books for a class: each scan goes to the pupil whose turn it is; the turn moves on by itself (one book each)
// or by the arrow keys or a card (a pile each). A scan keeps the pupil it was made for, whenever it is sent. Where a
// book could not be lent the turn goes back to its pupil, unless somebody has chosen another since, and on from where
// it was once that is put right.
import { keepCursorIn, scanQueue } from "./scan_queue.js";
import { send } from "./send.js";
import { beep } from "./sounds.js";
import { toast } from "./toast.js";

const page = document.querySelector("[data-class-loan]");

function begin() {
  const form = page.querySelector("[data-class-form]");
  const box = form.querySelector("#scan");
  const place = (name) => page.querySelector(`[data-class-${name}]`);
  const rows = [...page.querySelectorAll(".class-row")];
  const undo = place("undo");
  const oneCard = new RegExp(page.dataset.oneCard, "i"); // no book has a code like these (library/contract/scans.py)
  const cardWithin = new RegExp(page.dataset.cardWithin, "i"); // L233: another code came in the same line
  let turn = 0; // rows.length: everybody has had a turn
  let missed = []; // whose book was refused and is to be scanned again, in order
  let halted = null; // whose turn it was when a card came that nobody of this class has
  let resume = null; // whose turn it is after them
  let heard = 0; // scans so far
  let choices = 0; // times somebody has chosen whose turn it is
  let held = null; // what is to be done when an undo is answered, while one is on its way
  let alarms = []; // {text, row, at, next}: what is still to be read, and how many scans had been heard when it was said

  function go(next) {
    halted = null;
    turn = Math.min(Math.max(next, 0), rows.length);
    for (const row of rows) row.removeAttribute("aria-current");
    const row = rows[turn];
    place("who").textContent = row ? row.dataset.name : "… (đã hết danh sách)";
    form.elements.reader_id.value = row ? row.dataset.reader : "";
    if (row) {
      row.setAttribute("aria-current", "true");
      row.scrollIntoView({ block: "nearest" });
    }
    if (!document.activeElement.closest("textarea")) box.focus(); // a late answer takes it from nobody who is writing
  }

  function choose(next) {
    choices += 1;
    missed = [];
    resume = null;
    quiet(() => false);
    go(next);
  }

  // A card read badly, or of another class: the next book is nobody's until it is known whose it is.
  function halt(text) {
    const at = turn;
    go(rows.length);
    halted = at;
    place("who").textContent = "… (chờ thẻ)";
    const why = oneCard.test(text) ? `Thẻ ${text} đọc chưa đúng, hoặc của người không có trong lớp này. Quét lại thẻ` : `Hai mã dính vào nhau: ${text}. Quét lại thẻ, rồi quét lại sách`;
    alarm(`${why}, hoặc bấm ↑ ↓ để chọn một em.`);
    beep("no");
  }

  const each = () => form.elements.each.value;

  // An answer on its way when an alarm came says nothing about it: the alarm stays until a later scan is answered well,
  // a refused pupil's until that pupil has a book, and all of them until somebody chooses whose turn it is.
  // `next`: what to do, said once below all of them.
  function alarm(text, row = null, at = heard, next = "") {
    alarms = alarms.filter((one) => one.text !== text && (row === null || one.row !== row));
    alarms.push({ text, row, at, next });
    quiet(() => true);
  }

  function quiet(stays) {
    alarms = alarms.filter(stays);
    const todo = new Set(alarms.map((one) => one.next).filter(Boolean));
    place("alarm-text").textContent = [...alarms.map((one) => one.text), ...todo].join("\n");
    place("alarm").hidden = !alarms.length;
  }

  function book(row, tone, text, code = "") {
    const line = document.createElement("li");
    line.className = `class-book class-book-${tone}`;
    line.textContent = text;
    if (code) line.dataset.code = code;
    row.querySelector("[data-class-books]").append(line);
    place("said").textContent = `${row.dataset.name}: ${text}`;
    return line;
  }

  // One book or a pile each is as it was when the book was scanned. Where somebody has chosen a pupil since, the turn
  // stays there.
  function refuse({ row, one, chosen }, text) {
    book(row, "no", text);
    beep("no");
    if (one && chosen !== choices) {
      alarm(`${row.dataset.name} chưa có sách. ${text}`, row, heard, "Chọn em rồi quét lại cuốn của em.");
      return;
    }
    if (!one) {
      alarm(`${row.dataset.name}: ${text}`);
      return;
    }
    alarm(`${row.dataset.name} chưa có sách. ${text}`, row, heard, "Quét lại cuốn của em đang tô nền, hoặc bấm ↓ để bỏ qua.");
    resume ??= halted ?? turn;
    if (!missed.includes(row)) missed.push(row);
    missed.sort((one, other) => rows.indexOf(one) - rows.indexOf(other));
    if (halted !== null) return; // first the card
    go(rows.indexOf(missed[0]));
  }

  // L221: lent a moment ago. For this pupil: written once, also when the first answer was lost on the way. For the one
  // before: this pupil has no book yet.
  function already(answer, scan) {
    if (String(answer.holder_id ?? "") !== scan.row.dataset.reader) {
      refuse(scan, answer.sentence);
      return;
    }
    const written = [...scan.row.querySelectorAll("[data-code]")].some((line) => line.dataset.code === answer.barcode);
    book(scan.row, written ? "again" : "ok", written ? answer.sentence : answer.title, written ? "" : answer.barcode);
    beep(written ? "attention" : "ok");
  }

  function moveOn(row) {
    if (resume === null) {
      go(turn + 1);
      return;
    }
    missed = missed.filter((other) => other !== row);
    if (missed.length) go(rows.indexOf(missed[0]));
    else {
      const next = resume;
      resume = null;
      go(next);
    }
  }

  // The newest book, when everything scanned before is written. Whose turn it is then only the answer says: what is
  // scanned or chosen meanwhile waits for it.
  function undoLast() {
    if (held) return;
    held = [];
    box.focus();
    queue.afterwards(takeBack);
  }

  function inTurn(act) {
    if (held) held.push(act);
    else act();
  }

  async function takeBack() {
    try {
      const answer = await send(undo.dataset.classUndo, {});
      const row = rows.find((one) => one.dataset.reader === String(answer.reader_id));
      const lines = row ? [...row.querySelectorAll("[data-code]")] : [];
      lines.findLast((line) => line.dataset.code === answer.barcode)?.remove();
      if (row) choose(rows.indexOf(row));
      place("said").textContent = answer.sentence;
      toast(answer.sentence);
    } catch (problem) {
      alarm(problem.message);
      beep("no");
    }
    const acts = held;
    held = null;
    for (const act of acts) act();
  }

  const queue = scanQueue({
    url: form.action,
    waiting: place("waiting"),
    prepare: ({ text, key, reader_id }) => ({ text, key, reader_id, mode: "lend" }),
    answered(answer, scan) {
      scan.line.remove();
      if (answer.outcome === "already") already(answer, scan);
      else if (answer.outcome === "lent") {
        if (scan.one) for (const line of scan.row.querySelectorAll(".class-book-no")) line.remove();
        book(scan.row, "ok", answer.sentence.replace("Đã cho mượn: ", ""), answer.barcode);
        quiet((said) => said.at >= scan.number || (scan.one && missed.includes(said.row)));
        beep("ok");
      } else if (answer.outcome === "reader") {
        refuse(scan, `“${scan.text}” là một bạn đọc, không phải sách.`);
      } else refuse(scan, `${scan.text}: ${answer.sentence}`);
    },
    trouble(text, scan) {
      if (scan) {
        scan.line.remove();
        refuse(scan, text);
      } else {
        alarm(text, null, 0); // until scans go out again
        beep("no");
      }
    },
  });

  queue.listen(form, box, (text) => inTurn(() => take(text)), twice);

  // The scanner has read one book twice in a moment: said, and nothing else.
  function twice(text) {
    const words = `${text}: vừa quét rồi, tính một lần.`;
    place("said").textContent = words;
    toast(words);
    beep("attention");
  }

  function take(text) {
    heard += 1;
    const card = rows.findIndex((row) => row.dataset.card && row.dataset.card === text.toUpperCase());
    if (card >= 0) {
      choose(card);
      beep("ok");
      return;
    }
    if (oneCard.test(text) || cardWithin.test(text)) {
      halt(text);
      return;
    }
    const row = rows[turn];
    if (!row) {
      alarm(halted !== null ? `Chưa biết cho em nào: thẻ quét trước đó chưa nhận ra. Quét thẻ, rồi quét lại ${text}.` : `Cả lớp đã tới lượt. Chọn một em, hoặc quét thẻ của em, rồi quét lại ${text}.`);
      beep("no");
      return;
    }
    const line = book(row, "waiting", `${text}: đang ghi…`);
    const one = each() === "one";
    queue.take(text, { reader_id: row.dataset.reader, row, line, number: heard, one, chosen: choices });
    if (one) moveOn(row);
  }

  page.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-class-pick]");
    if (pick) inTurn(() => choose(rows.indexOf(pick.closest(".class-row"))));
    if (event.target.closest("[data-class-undo]")) undoLast();
    if (event.target.closest("[data-class-each]")) box.focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.closest("textarea")) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const down = event.key === "ArrowDown";
      inTurn(() => choose(down && resume !== null ? resume : (halted ?? turn) + (down ? 1 : halted === null ? -1 : 0)));
    } else if (event.key === "F4") {
      event.preventDefault();
      form.elements.each.value = each() === "one" ? "pile" : "one";
      box.focus();
    } else if (event.key === "F8") {
      event.preventDefault();
      if (!event.repeat) undoLast();
    } else if (event.key === "Escape") {
      quiet((one) => one.at > 0);
      queue.work();
    }
  });
  keepCursorIn(box);
}

if (page) begin();
