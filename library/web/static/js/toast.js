// A passing word at the edge of the screen. Never the only copy of a message: the page says it too.
const SECONDS = 6;

export function toast(text) {
  const place = document.getElementById("toasts");
  if (!place) return;
  const box = document.createElement("div");
  box.className = "toast";
  box.textContent = text;
  place.append(box);
  let timer = setTimeout(() => box.remove(), SECONDS * 1000);
  // Whoever is still reading keeps it.
  box.addEventListener("pointerenter", () => clearTimeout(timer));
  box.addEventListener("pointerleave", () => {
    timer = setTimeout(() => box.remove(), SECONDS * 1000);
  });
}
