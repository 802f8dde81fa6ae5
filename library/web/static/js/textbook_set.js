// The set of a grade: a whole bộ sách ticked in one press; how many titles are chosen is always said.
const form = document.querySelector("[data-textbook-set]");
if (form) {
  const total = form.querySelector("[data-set-total]");
  const boxes = () => [...form.querySelectorAll('input[name="titles"]')];
  const show = () => {
    const count = boxes().filter((box) => box.checked).length;
    total.textContent = count ? `${count} cuốn mỗi em` : "Chưa chọn cuốn nào";
  };
  const choices = form.querySelector("[data-book-sets]");
  if (choices) {
    choices.hidden = false;
    choices.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-book-set]");
      if (!choice) return;
      for (const box of boxes()) {
        const row = box.closest("tr");
        // Workbooks are bought by the families: ticked by hand where a school lends them.
        box.checked = choice.dataset.bookSet !== "" && row.dataset.set === choice.dataset.bookSet && !row.hasAttribute("data-workbook");
      }
      show();
    });
  }
  form.addEventListener("change", show);
  show();
}
