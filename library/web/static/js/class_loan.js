// Books for a class: each scan goes to the pupil whose turn it is; the turn moves on by itself (one book each)
// or by the arrow keys or a card (a pile each). A scan keeps the pupil it was made for, whenever it is sent.
import { keepCursorIn, scanQueue } from "./scan_queue.js";
import { beep } from "./sounds.js";

const page = document.querySelector("[data-class-loan]");

function begin() {
  const form = page.querySelector("[data-class-form]");
  const box = form.querySelector("#scan");
  const place = (name) => page.querySelector(`[data-class-${name}]`);
  const rows = [...page.querySelectorAll(".class-row")];
  let turn = 0;

  function go(next) {
    turn = Math.min(Math.max(next, 0), rows.length - 1);
    for (const row of rows) row.removeAttribute("aria-current");
    rows[turn].setAttribute("aria-current", "true");
    place("who").textContent = rows[turn].dataset.name;
    form.elements.reader_id.value = rows[turn].dataset.reader;
    rows[turn].scrollIntoView({ block: "nearest" });
    box.focus();
  }

  const each = () => form.elements.each.value;

  function book(row, tone, text) {
    const line = document.createElement("li");
    line.className = `class-book class-book-${tone}`;
    line.textContent = text;
    row.querySelector("[data-class-books]").append(line);
    place("said").textContent = `${row.dataset.name}: ${text}`;
    return line;
  }

  const queue = scanQueue({
    url: form.action,
    waiting: place("waiting"),
    prepare: ({ text, key, reader_id }) => ({ text, key, reader_id, mode: "lend" }),
    answered(answer, scan) {
      scan.line.remove();
      if (answer.outcome === "already") return;
      book(scan.row, answer.outcome === "lent" ? "ok" : "no", answer.outcome === "lent" ? answer.sentence.replace("Đã cho mượn: ", "") : `${scan.text}: ${answer.sentence}`);
      beep(answer.outcome === "lent" ? "ok" : "no");
    },
    trouble(text, scan) {
      if (scan) scan.line.remove();
      book(scan ? scan.row : rows[turn], "no", text);
      beep("no");
    },
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    box.value = "";
    box.focus();
    if (!queue.fresh(text)) return;
    const card = rows.findIndex((row) => row.dataset.card && row.dataset.card === text.toUpperCase());
    if (card >= 0) {
      go(card);
      beep("ok");
      return;
    }
    const row = rows[turn];
    const line = book(row, "waiting", `${text}: đang ghi…`);
    queue.take(text, { reader_id: row.dataset.reader, row, line });
    if (each() === "one") go(turn + 1);
  });

  page.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-class-pick]");
    if (pick) go(rows.indexOf(pick.closest(".class-row")));
    if (event.target.closest("[data-class-each]")) box.focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.closest("textarea")) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      go(turn + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "F4") {
      event.preventDefault();
      form.elements.each.value = each() === "one" ? "pile" : "one";
      box.focus();
    } else if (event.key === "Escape") {
      queue.work();
    }
  });
  keepCursorIn(box);
}

if (page) begin();
