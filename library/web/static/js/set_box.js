// Boxes into which a whole set is scanned: counts copies, names doubles, ticks off what is on the list.
import { beep } from "./sounds.js";

const answered = document.querySelector("[data-beep]"); // what was sent before came back with something to look at
if (answered) beep(answered.dataset.beep);
const rows = new Map();
const numbered = new Map(); // the number printed on the label may be typed or scanned instead
for (const row of document.querySelectorAll("[data-set-list] tr[data-barcode]")) {
  rows.set(row.dataset.barcode, row);
  if (row.dataset.number) numbered.set(row.dataset.number.toUpperCase(), row);
}

for (const form of document.querySelectorAll("[data-set-box]")) {
  const box = form.querySelector("textarea");
  const count = form.querySelector("[data-set-count]") ?? document.createElement("p");
  const show = () => {
    const codes = box.value.split(/\s*\n\s*/).map((code) => code.trim().toUpperCase()).filter(Boolean);
    const once = new Set(codes);
    const doubles = [...once].filter((code) => codes.indexOf(code) !== codes.lastIndexOf(code));
    let words = once.size ? `${once.size} mã` : ""; // what is a book only the answer says
    // Against a list, as the count itself will say it: what is not of the list is none of its books, what a reader
    // has is not missing. The line that is still being typed is not judged.
    if (form.dataset.setBox === "back" && once.size) {
      const seen = new Set([...once].map((code) => rows.get(code) ?? numbered.get(code)).filter(Boolean));
      const rest = [...new Set(rows.values())].filter((row) => !seen.has(row));
      const lent = rest.filter((row) => "lent" in row.dataset).length;
      const back = [...seen].filter((row) => "lent" in row.dataset).length;
      for (const row of new Set(rows.values())) row.toggleAttribute("data-ticked", seen.has(row));
      words = `${seen.size} cuốn trong danh sách`;
      words += rest.length > lent ? `, còn thiếu ${rest.length - lent}` : ", không thiếu cuốn nào";
      if (lent) words += `, ${lent} cuốn bạn đọc đang mượn`;
      if (back) words += `. ${back} cuốn ghi là đang mượn mà có ở đây`;
      const ended = new Set(box.value.split("\n").slice(0, -1).map((code) => code.trim().toUpperCase()));
      const strange = [...once].filter((code) => ended.has(code) && !rows.has(code) && !numbered.has(code));
      if (strange.length) words += `. Không có trong danh sách: ${strange.join(", ")}`;
    }
    // A set that is being composed: what is on its list already.
    if (form.dataset.setBox === "compose") {
      const listed = [...once].filter((code) => rows.has(code) || numbered.has(code));
      if (listed.length) words += `. Đã có trong bộ: ${listed.join(", ")}`;
    }
    if (doubles.length) words += `. Quét hai lần, tính một: ${doubles.join(", ")}`;
    // Two boxes changing places: how many go each way, and what belongs to neither.
    if (form.dataset.setBox === "swap" && once.size) {
      const going = new Set([...once].map((code) => rows.get(code) ?? numbered.get(code)).filter(Boolean));
      const ways = new Map();
      for (const row of new Set(rows.values())) {
        row.toggleAttribute("data-ticked", going.has(row));
        if (going.has(row)) ways.set(row.dataset.goes, (ways.get(row.dataset.goes) ?? 0) + 1);
      }
      const strange = [...once].filter((code) => !rows.has(code) && !numbered.has(code));
      words += [...ways].map(([place, amount]) => `, ${amount} sang ${place}`).join("");
      if (strange.length) words += `. Không ở hai nơi này: ${strange.join(", ")}`;
    }
    if (count) count.textContent = words;
  };
  // The next scan begins a line of its own, below what is there.
  const toTheEnd = () => {
    if (box.value && !box.value.endsWith("\n")) box.value += "\n";
    box.setSelectionRange(box.value.length, box.value.length);
  };
  box.addEventListener("focus", toTheEnd);
  if (document.activeElement === box) toTheEnd();
  box.addEventListener("input", show);
  // The scanner's Enter ends a line and never sends the form; Ctrl+Enter does, wherever in the form.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.ctrlKey) return;
    event.preventDefault();
    form.requestSubmit();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey) return;
    // The line that ends now: heard when it was there before, or is on the list of the set being composed.
    const lines = box.value.slice(0, box.selectionStart).split("\n").map((code) => code.trim().toUpperCase());
    const code = lines.pop();
    const listed = form.dataset.setBox === "compose" && (rows.has(code) || numbered.has(code));
    if (code && (listed || lines.includes(code))) beep("attention");
  });
  show();
}
