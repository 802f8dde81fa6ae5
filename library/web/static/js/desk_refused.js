// What the desk refused stays in sight beside what it did, until the tab is closed: a fast hand sees only the last
// answer. Kept in the tab's own storage, so that undoing (which loads the page again) loses none.
const MOST = 12;

export function refusedList(list, shape) {
  const key = `kesach-desk-refused-${list.dataset.staff}`;
  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(key)) ?? [];
    } catch {
      return [];
    }
  };
  const show = (lines) => {
    list.replaceChildren(...lines.map((line) => {
      const item = shape.content.cloneNode(true);
      for (const name of ["text", "said", "at"]) item.querySelector(`[data-refused-${name}]`).textContent = line[name];
      return item;
    }));
    list.hidden = !lines.length;
  };
  show(read());
  return (answer, scan) => {
    if (answer.tone !== "no" || !scan) return;
    const at = new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Ho_Chi_Minh" });
    const lines = [{ text: scan.text, said: answer.sentence, at }, ...read()].slice(0, MOST);
    try {
      sessionStorage.setItem(key, JSON.stringify(lines));
    } catch { /* a browser without storage: they stand until the page is loaded again */ }
    show(lines);
  };
}
