// What the desk refused stays at hand below one line with its number: a fast hand sees only the last answer. What was
// refused and then done after all is no longer listed. Kept in the tab's own storage, so that undoing (which loads the
// page again) loses none.
const MOST = 12;
const same = (one, other) => one.replace(/\s/g, "").toUpperCase() === other.replace(/\s/g, "").toUpperCase();

export function refusedList(place, shape) {
  const key = `kesach-desk-refused-${place.dataset.staff}`;
  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(key)) ?? [];
    } catch {
      return [];
    }
  };
  const show = (lines) => {
    place.querySelector("ol").replaceChildren(...lines.map((line) => {
      const item = shape.content.cloneNode(true);
      for (const name of ["text", "said", "at"]) item.querySelector(`[data-refused-${name}]`).textContent = line[name];
      return item;
    }));
    const newest = lines[0];
    place.querySelector("[data-refused-sum]").textContent = newest ? `${lines.length} lượt chưa ghi, gần nhất ${newest.at}: ${newest.text}` : "";
    place.hidden = !newest;
  };
  const keep = (lines) => {
    try {
      sessionStorage.setItem(key, JSON.stringify(lines));
    } catch { /* a browser without storage: they stand until the page is loaded again */ }
    show(lines);
  };
  place.querySelector("[data-refused-clear]").addEventListener("click", () => keep([]));
  show(read());
  return (answer, scan) => {
    if (!scan) return;
    const others = read().filter((line) => !same(line.code ?? line.text, scan.text));
    if (answer.tone === "no") {
      const at = new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Ho_Chi_Minh" });
      const text = answer.title ? `${answer.title} · ${scan.text}` : scan.text;
      keep([{ code: scan.text, text, said: answer.sentence, at }, ...others].slice(0, MOST));
    } else if (["lent", "returned", "renewed", "not_on_loan"].includes(answer.outcome)) keep(others);
  };
}
