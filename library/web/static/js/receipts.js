// The receipt beside its form follows what is typed; without this script a button shows it.
(() => {
  const form = document.getElementById("receipt-form");
  const picture = document.getElementById("receipt-preview");
  if (!form || !picture) return;
  let waiting = 0;
  const show = () => {
    const values = new URLSearchParams(new FormData(form));
    values.delete("csrf_token");
    picture.className = `receipt-${values.get("width")}`;
    picture.src = `${form.dataset.preview}?${values}`;
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 250); });
})();
