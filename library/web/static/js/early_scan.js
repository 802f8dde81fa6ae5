// Codes scanned while a desk is still loading: kept in order, and handed to its form when its script is there
// ("desk-ready" on the document). Where that never comes the codes are posted as a plain form, one after another.
// No module: it must listen before anything else of the page has arrived.
(() => {
  const REST = "kesach-early-scans"; // what is left over while a plain form is posted
  const lines = JSON.parse(sessionStorage.getItem(REST) || "[]");
  let typed = "";
  sessionStorage.removeItem(REST);

  const box = () => document.getElementById("scan");
  const settle = (field) => {
    field.focus();
    if (typed) field.value += typed;
    typed = "";
  };

  function keep(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = box();
    const writing = event.target.closest && event.target.closest("input, textarea, select");
    if (writing && writing !== field) return;
    if (event.key === "Enter") {
      if (field) settle(field);
      const text = (field ? field.value : typed).trim();
      if (!text) return;
      event.preventDefault();
      lines.push(text);
      typed = "";
      if (field) field.value = "";
    } else if (event.key.length === 1 && event.key !== " ") {
      if (field) settle(field); // the letter itself follows by the browser
      else typed += event.key;
    }
  }

  function finish(hand) {
    document.removeEventListener("keydown", keep, true);
    delete document.documentElement.dataset.scansKept;
    document.removeEventListener("desk-ready", ready);
    removeEventListener("load", fallBack);
    const field = box();
    if (!field) return;
    settle(field);
    const half = field.value; // a code whose end is still to come
    if (lines.length) hand(field, lines.splice(0));
    if (half && !field.value) field.value = half;
  }
  const post = (field, text) => {
    field.value = text;
    field.form.requestSubmit();
  };
  const ready = () => finish((field, all) => { for (const text of all) post(field, text); });
  const fallBack = () => finish((field, [first, ...others]) => {
    if (others.length) sessionStorage.setItem(REST, JSON.stringify(others));
    post(field, first);
  });
  document.addEventListener("keydown", keep, true);
  document.documentElement.dataset.scansKept = "";
  document.addEventListener("desk-ready", ready);
  addEventListener("load", fallBack);
})();
