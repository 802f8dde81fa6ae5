// A question before something is lost. data-confirm on a form asks first; ask() is for other scripts.
const WORDS = { cancel: "Giữ nguyên", go: "Tiếp tục" };

// Resolves to true when the person says yes.
export function ask(text, goWord = WORDS.go) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const words = document.createElement("p");
  words.textContent = text;
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "form-actions";
  const make = (word, value, kind) => {
    const button = document.createElement("button");
    button.className = `button button-${kind}`;
    button.value = value;
    button.textContent = word;
    form.append(button);
    return button;
  };
  const cancel = make(WORDS.cancel, "no", "quiet");
  make(goWord, "yes", "danger");
  dialog.append(words, form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    dialog.showModal();
    cancel.focus();
  });
}

export function startConfirmations() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    const submitter = event.submitter;
    if (await ask(form.dataset.confirm, form.dataset.confirmButton || WORDS.go)) {
      form.dataset.confirmed = "1";
      form.requestSubmit(submitter);
    }
  });
}
