// What a picture does not show at once: run in each page by contact_sheets.py; answers sentences.
() => {
  const found = new Set();
  const wide = document.documentElement.clientWidth;
  const say = (element, what) => {
    const classes = typeof element.className === "string" ? element.className.trim().replace(/\s+/g, ".") : "";
    const words = element.textContent.trim().slice(0, 40);
    found.add(`${element.tagName.toLowerCase()}${classes && "."}${classes} ${what}: ${words}`);
  };
  if (document.documentElement.scrollWidth > wide) {
    found.add(`the page is ${document.documentElement.scrollWidth} px wide`);
  }
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || style.visibility === "hidden" || element.closest(".visually-hidden, svg")) continue;
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    let scrolls = false;
    for (let parent = element.parentElement; parent; parent = parent.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(parent).overflowX)) scrolls = true;
    }
    if (!scrolls && box.right > wide + 1) say(element, "leaves the page");
    const cut = /hidden|clip/.test(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
    if (cut && style.textOverflow !== "ellipsis" && box.width > 2) say(element, "is cut");
    const size = parseFloat(style.fontSize);
    const line = parseFloat(style.lineHeight) / size;
    if (line < 1.35 && box.height > 2 * size) say(element, `has lines of ${line.toFixed(2)}`);
    if (size < 12) say(element, `is ${style.fontSize}`);
  }
  return [...found];
}
