// Wakes up what a page carries in its data attributes. Pages work without it; next: the modules below.
import { startThemeSwitches } from "./theme.js";
import { startConfirmations } from "./dialog.js";
import { startComboboxes } from "./combobox.js";
import { startShortcuts } from "./shortcuts.js";
import { startFields } from "./fields.js";

startThemeSwitches();
startConfirmations();
startComboboxes();
startShortcuts();
startFields();

// data-opens="ID": a button that shows and hides what it names, which the page sends closed.
for (const button of document.querySelectorAll("[data-opens]")) {
  const body = document.getElementById(button.dataset.opens);
  const show = (open) => {
    body.toggleAttribute("data-closed", !open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => show(body.hasAttribute("data-closed")));
}

// A second click must not send a form twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
});
// The back button shows the page as it was left: let its forms work again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent], form[data-confirmed]")) {
    delete form.dataset.sent;
    delete form.dataset.confirmed;
  }
});

// data-print: a button that prints the page. data-submits: a field that sends its form when it changes.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});
