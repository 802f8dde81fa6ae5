// The simulator: a keyboard for a scanner, demo cards and books, and the receipt that just came out.
const byId = (id) => document.getElementById(id);

function scan(text) {
  return fetch("/scan", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text }) });
}

byId("keypad").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = byId("code");
  if (field.value) scan(field.value);
  field.value = "";
  field.focus();
});

// Wherever the last tap was, what is typed goes to the scanner.
function typed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input")) return;
  const field = byId("code");
  if (event.key.length === 1) {
    event.preventDefault();
    field.value += event.key;
    field.focus();
  } else if (event.key === "Enter" && field.value) {
    event.preventDefault();
    byId("keypad").requestSubmit();
  }
}
addEventListener("keydown", typed);

function listenInside() {
  const inside = byId("screen").contentWindow;
  inside.addEventListener("keydown", typed);
  inside.addEventListener("click", () => byId("code").focus());
}
byId("screen").addEventListener("load", listenInside);
listenInside();

function entry(code, title, small) {
  const node = document.createElement("button");
  node.type = "button";
  node.append(title, Object.assign(document.createElement("small"), { textContent: small }));
  node.addEventListener("click", () => {
    scan(code);
    byId("code").focus();
  });
  return node;
}

async function loadSamples() {
  const answer = await (await fetch("/sim/samples.json")).json();
  if (answer.cards.length) byId("cards").replaceChildren(...answer.cards.map((one) => entry(one.card, `${one.name} – ${one.class || ""}`, one.card)));
  byId("books").replaceChildren(...answer.books.map((one) => entry(one.barcode, one.title, one.barcode + (one.on_loan ? " · đang mượn" : ""))));
  byId("books-title").hidden = !answer.books.length;
  byId("staff").hidden = !answer.staff;
  if (answer.staff && byId("staff-pin").textContent !== answer.staff.pin) {
    byId("staff-pin").textContent = answer.staff.pin;
    byId("staff-card").replaceChildren(entry(answer.staff.card, "Thẻ cán bộ của trường mẫu", answer.staff.card));
  }
}

function fit() {
  const frame = byId("screen"), room = frame.parentElement;
  frame.style.transform = `scale(${Math.min(room.clientWidth / 1316, room.clientHeight / 836, 1)})`;
}
addEventListener("resize", fit);
fit();

let shown = "";
async function lookForReceipt() {
  const answer = await (await fetch("/receipts/latest.json")).json();
  if (answer.name && answer.name !== shown) {
    shown = answer.name;
    byId("receipt").src = `/receipts/latest.png?${encodeURIComponent(shown)}`;
    byId("receipt").hidden = false;
    byId("no-receipt").hidden = true;
  }
}

async function every(seconds, work) {
  await work().catch(() => {}); // the kiosk restarts: try again
  setTimeout(() => every(seconds, work), seconds * 1000);
}
every(1, lookForReceipt);
every(10, loadSamples);
