// The door: a card is sent as it is scanned, a greeting stands for a few seconds and goes, the counter goes on.
import { send } from "./send.js";
import { beep } from "./sounds.js";

const STANDS_MS = 4000;
const door = document.querySelector("[data-door]");

if (door) {
  const form = door.querySelector("form");
  const box = form.querySelector("input[name=card]");
  const words = door.querySelector("[data-door-words]");
  const count = door.querySelector("[data-door-count]");
  const back = door.querySelector("[data-door-back]");
  let last = null;
  let clearing = 0;
  // Scans are sent one after another: a fast hand must not overtake the network.
  let line = Promise.resolve();

  const show = (reply) => {
    words.textContent = reply.words;
    words.dataset.tone = reply.tone;
    if (reply.count !== undefined) count.textContent = reply.count.toLocaleString("vi-VN");
    last = reply.visit ?? null;
    back.hidden = last === null;
    beep(reply.tone);
    clearTimeout(clearing);
    // Nobody's name stays for the next child to read.
    clearing = setTimeout(() => {
      words.textContent = "";
      delete words.dataset.tone;
      back.hidden = true;
    }, STANDS_MS);
  };
  const ask = (url, data) => {
    line = line.then(() => send(url, data)).then(show, (problem) => show({ words: problem.message, tone: "no" }));
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const card = box.value.trim();
    box.value = "";
    if (card) ask(door.dataset.door, { card });
  });
  back.addEventListener("click", () => {
    if (last !== null) ask(door.dataset.doorUndo.replace("/0/", `/${last}/`), {});
    last = null; // once
    box.focus();
  });
  // The box is always ready for the next card.
  document.addEventListener("focusout", () => setTimeout(() => {
    if (document.activeElement === document.body) box.focus();
  }));
  box.focus();
}
