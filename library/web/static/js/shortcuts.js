// data-key="F2" on a button, link or field: that key presses or focuses it. "/" focuses the search box.
function isTyping(target) {
  return target.matches?.("input, textarea, select, [contenteditable]");
}

export function startShortcuts() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/" && !isTyping(event.target)) {
      const search = document.querySelector("form[role=search] input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
      return;
    }
    const named = event.key.length > 1 || !isTyping(event.target);
    const target = named && document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input, textarea, select")) {
      target.focus();
      if (!target.matches("textarea")) target.select?.(); // a pile of codes must not be typed over
    } else {
      target.click();
    }
  });
}
