// Enter in the empty title box books nothing: with books chosen it goes on to the lesson, without any it says what the box takes.
const box = document.querySelector("[data-title-box]");
const hint = document.querySelector("[data-title-hint]");
box?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || box.value.trim()) return;
  event.preventDefault();
  if (document.querySelector(".lesson-title")) document.getElementById("f-lesson_on").focus();
  else hint.hidden = false;
});
box?.addEventListener("input", () => {
  hint.hidden = true;
});
