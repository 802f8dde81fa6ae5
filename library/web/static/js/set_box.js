// Boxes into which a whole set is scanned: counts copies, names doubles, ticks off what is on the list.
const rows = new Map();
for (const row of document.querySelectorAll("[data-set-list] tr[data-barcode]")) rows.set(row.dataset.barcode, row);

for (const form of document.querySelectorAll("[data-set-box]")) {
  const box = form.querySelector("textarea");
  const count = form.querySelector("[data-set-count]") ?? document.createElement("p");
  const show = () => {
    const codes = box.value.split(/\s*\n\s*/).map((code) => code.trim().toUpperCase()).filter(Boolean);
    const once = new Set(codes);
    const doubles = [...once].filter((code) => codes.indexOf(code) !== codes.lastIndexOf(code));
    let words = once.size ? `${once.size} cuốn` : "";
    if (doubles.length) words += `. Quét hai lần, tính một: ${doubles.join(", ")}`;
    if (form.dataset.setBox === "back" && once.size) {
      for (const [code, row] of rows) row.toggleAttribute("data-ticked", once.has(code));
      const missing = [...rows.keys()].filter((code) => !once.has(code)).length;
      words += missing ? `, còn thiếu ${missing}` : ", đủ cả bộ";
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
  // The scanner's Enter ends a line and never sends the form; Ctrl+Enter does.
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) form.requestSubmit();
  });
  show();
}
