// Draws the screen the kiosk sends: whole state in, fresh nodes out. The page decides nothing and keeps
// nothing: what is not in the state is not in the document. Sounds: sounds.js.
import { play } from "./sounds.js";

const byId = (id) => document.getElementById(id);
const stage = byId("stage"), strip = byId("strip"), overlay = byId("overlay"), banner = byId("banner");
const drawn = new Map(); // part -> JSON it was drawn from, so that an unchanged part keeps its animation
let presses = Promise.resolve(); // one after another: digits of a PIN in the order of the taps
let session = 0, lastSound = null, lastBooks = 0, page = "";

function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function svg(tag, attributes = {}) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function use(id, className = "icon") {
  const node = svg("svg", { class: className, "aria-hidden": "true" });
  node.append(svg("use", { href: `#${id}` }));
  return node;
}

function owl(className) {
  const node = svg("svg", { class: className, viewBox: "0 0 240 260", "aria-hidden": "true" });
  node.append(svg("use", { href: "#owl" }));
  return node;
}

// Each sentence keeps a line of its own where it fits: a child of seven reads one at a time. No line ends inside a word of
// two syllables where that is easy to know.
function sentences(text) {
  const kept = text.replace(/(quá) (hạn)|(phân) (hiệu)|(thủ) (thư)|(thư) (viện)|(thầy) (cô)/gi, (two) => two.replace(" ", "\u00a0"));
  return kept.split(/(?<=[.!?]) +/).flatMap((one, position) => [position ? " " : "", make("span", "sentence", one)]);
}

// Redraws a part only when what it shows has changed; an empty part leaves nothing behind.
function part(node, key, value, build) {
  const text = JSON.stringify(value);
  if (drawn.get(key) === text) return;
  drawn.set(key, text);
  node.replaceChildren(...build(value));
}

function cover(book) {
  const box = make("div", "cover");
  const plain = () => box.replaceChildren(make("div", `drawn t${book.tint}`, make("span", "", book.title)));
  if (/^\/covers\/\d+\.svg$/.test(book.cover_url || "")) {
    const picture = make("img");
    picture.alt = "";
    picture.addEventListener("error", plain);
    picture.src = book.cover_url;
    box.append(picture);
  } else plain();
  return box;
}

function button({ name, label, tone }, countdown = null) {
  const node = make("button", `button ${tone}`, label);
  node.type = "button";
  node.dataset.name = name;
  const shown = session;
  const press = () => {
    presses = presses.then(() => fetch("/button", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name, session: shown }),
      signal: AbortSignal.timeout(3000), // a tap that hangs must not take those behind it along
    })).catch(() => {});
  };
  node.addEventListener("pointerdown", (event) => { if (event.isPrimary) press(); });
  node.addEventListener("click", (event) => { if (event.detail === 0) press(); }); // keyboard
  if (countdown !== null) node.append(ring(countdown));
  return node;
}

function ring(seconds) {
  const node = make("span", "count");
  const picture = svg("svg", { viewBox: "0 0 100 100", "aria-hidden": "true" });
  const left = svg("circle", { cx: 50, cy: 50, r: 44, class: "left", "stroke-dasharray": 276.5, "stroke-dashoffset": 276.5 * (1 - seconds / 10) });
  picture.append(svg("circle", { cx: 50, cy: 50, r: 44 }), left);
  node.append(picture, make("b", "", String(seconds)));
  return node;
}

function listBooks(books) {
  const list = make("ul", "books");
  const fresh = books.length > lastBooks;
  books.forEach((book, position) => {
    const due = book.due ? make("div", "due", use(book.kind === "return" ? "i-back" : "i-calendar"), make("span", "", book.due_word, make("b", /\d/.test(book.due) ? "nowrap" : "", book.due))) : null;
    const text = make("div", "", make("div", "title", book.title), due);
    const mark = make("div", "done-mark", use("i-tick"));
    mark.setAttribute("aria-label", book.word);
    list.append(make("li", `book ${book.kind}${fresh && position === 0 ? " fresh" : ""}`, cover(book), text, mark));
  });
  lastBooks = books.length;
  return list;
}

// Where the books will lie: what to do, as a picture. Where no book helps, the owl sends to the librarian.
function waitingBook(reader) {
  if (reader && !reader.waits_for_book) return make("div", "waiting-book still", owl("owl"));
  const box = make("div", "waiting-book");
  const picture = svg("svg", { viewBox: "0 0 200 170", "aria-hidden": "true" });
  picture.innerHTML = '<g class="nudge"><path d="M44 30h92a16 16 0 0 1 16 16v86H58a14 14 0 0 1-14-14z" fill="#2A8164"/><path d="M44 118a14 14 0 0 1 14-14h94v28H58a14 14 0 0 1-14-14z" fill="#FFFDF6" stroke="#2A8164" stroke-width="5"/><rect x="66" y="48" width="62" height="36" rx="5" fill="#fff"/><path d="M74 55v22M80 55v22M85 55v22M92 55v22M98 55v22M103 55v22M110 55v22M116 55v22M121 55v22" stroke="#1F2E29" stroke-width="3"/></g><path d="M40 160h120" stroke="#E4572E" stroke-width="6" stroke-linecap="round" opacity=".75"/>';
  box.append(picture);
  return box;
}

function slots(reader) {
  const apart = reader.apart ? [make("div", "remaining apart", reader.apart)] : [];
  if (reader.holding + reader.remaining > 12) return [make("div", "remaining", reader.holding_said), ...apart];
  const row = make("div", reader.holding + reader.remaining > 6 ? "slots many" : "slots");
  for (let i = 0; i < reader.holding; i++) row.append(use("i-book"));
  for (let i = 0; i < reader.remaining; i++) row.append(use("i-slot", "icon free"));
  return [row, make("div", "remaining", reader.remaining_said), ...apart];
}

const SCREENS = {
  idle(view) {
    const text = words(view);
    if (view.message) text.append(make("p", "message", use("i-note"), make("span", "", view.message)));
    if (view.buttons.length) text.append(buttonRow(view));
    if (view.staff_hint) text.append(make("p", "staff-hint", view.staff_hint));
    return [text, make("div", "picture", byId("scene").content.cloneNode(true))];
  },
  choosing(view) {
    const list = make("div", `choices${view.choices.some((one) => one.length > 4) ? " names" : ""}`);
    view.choices.forEach((label, position) => list.append(button({ name: `choose_${position}`, label, tone: "choice" })));
    const more = make("button", "button second", "Xem tiếp");
    more.type = "button";
    more.hidden = true;
    more.addEventListener("pointerdown", () => turnPage(list));
    requestAnimationFrame(() => { more.hidden = !fillRows(list); });
    const row = make("div", "buttons");
    const own = buttonRow(view);
    own.classList.add("inline");
    row.append(own, more);
    return [words(view), list, row];
  },
  out_of_order(view) {
    const text = words(view);
    if (view.staff_hint) text.append(make("p", "staff-hint", view.staff_hint));
    return [text, make("div", "picture", owl("big-owl owl"))];
  },
  opening(view) {
    return [words(view), make("div", "picture", owl("big-owl owl"))];
  },
  open(view) {
    const reader = view.reader || {};
    const top = make("div", "words", make("div", "class-name", reader.class || ""), make("h1", view.title.length > 20 ? "long" : "", view.title), hint(view));
    if (view.reader) top.append(...slots(reader));
    if (reader.holds_said) top.append(make("div", "holds", use("i-star"), reader.holds_said));
    return [make("div", "side", top, buttonRow(view)), make("div", "content", view.books.length ? listBooks(view.books) : waitingBook(view.reader))];
  },
  returning(view) {
    const top = make("div", "words", make("h1", "", view.title), hint(view));
    return [make("div", "side", top, buttonRow(view)), make("div", "content", view.books.length ? listBooks(view.books) : waitingBook())];
  },
  receipt(view) {
    const text = words(view);
    text.append(buttonRow(view));
    return [text, make("div", "picture", fan(view.books))];
  },
  goodbye(view) {
    const text = words(view);
    if (view.due) {
      const [weekday, date] = view.due.split(", ");
      text.append(make("div", "day", make("div", "label", view.due_label), make("div", "weekday", weekday), make("div", "date", date || "")));
    }
    if (view.receipt) text.append(make("p", "receipt-line", use("i-slip"), make("span", "", ...sentences(view.receipt))));
    return [text, make("div", "picture", owl("big-owl owl"))];
  },
};

function words(view) {
  return make("div", "words", make("h1", "", view.title), view.hint ? make("p", "hint", ...sentences(view.hint)) : null);
}

function hint(view) {
  const text = view.waiting ? view.waiting_for : view.hint;
  return make("p", text.length > 36 ? "hint long" : "hint", ...sentences(text));
}

// Whole rows only: a name cut in half is hard to read and easy to press by mistake. True where there are more.
function fillRows(list) {
  const [first] = list.children, style = getComputedStyle(list), gap = parseFloat(style.rowGap);
  if (!first || list.scrollHeight <= list.clientHeight + 4) return false;
  const room = list.clientHeight - 2 * parseFloat(style.paddingTop);
  const rows = Math.max(1, Math.floor((room + gap) / (first.offsetHeight + gap)));
  list.style.gridAutoRows = `${(room - gap * (rows - 1)) / rows}px`;
  return true;
}

function turnPage(list) {
  const style = getComputedStyle(list), page = list.clientHeight - 2 * parseFloat(style.paddingTop) + parseFloat(style.rowGap);
  const end = list.scrollTop + list.clientHeight >= list.scrollHeight - 4;
  list.scrollTop = end ? 0 : list.scrollTop + page;
}

function fan(books) {
  const box = make("div", "fan");
  books.slice(0, 3).forEach((book) => box.append(cover(book)));
  return box;
}

function buttonRow(view) {
  const row = make("div", "buttons");
  row.id = "buttons";
  return row;
}

function drawSheet(view) {
  if (view.question) {
    const book = { title: view.question.title || "Sách của thư viện", tint: view.question.tint, cover_url: null };
    const text = make("div", "", make("p", "", ...sentences(view.question.text)), view.question.title ? make("div", "title", view.question.title) : null);
    return [make("div", "sheet", cover(book), text, make("div", "buttons", ...view.question.buttons.map((one) => button(one))), make("div", "next"))];
  }
  if (view.notice && view.notice.tone === "no") {
    return [make("div", "sheet no", owl("owl"), make("p", "", ...sentences(view.notice.text)), make("div", "buttons", button({ name: "close", label: view.notice.button, tone: "second" })), make("div", "next"))];
  }
  return [];
}

function drawStrip(notice) {
  if (!notice || notice.tone === "no") return [];
  const picture = notice.tone === "ok" ? use("i-tick") : owl("small-owl");
  return [make("div", `said ${notice.tone}${notice.text.length > 60 ? " long" : ""}`, picture, make("span", "", ...sentences(notice.text))), make("div", "next")];
}

// The staff menu lies over everything. Digits of the PIN are only counted here, never shown or kept.
function drawStaff(staff) {
  if (!staff) return [];
  const one = ({ name, label, icon, tone = "second", chosen = false }) => {
    const node = button({ name, label: "", tone: chosen ? "primary" : tone });
    if (icon) node.append(use(`i-${icon}`));
    node.append(make("span", "", label));
    return node;
  };
  const top = make("div", "staff-top", make("h2", "", staff.title), one({ name: "staff_close", label: "Đóng", tone: "quiet" }));
  const parts = [top];
  if (staff.said) parts.push(make("p", "staff-said", staff.said));
  if (staff.hint) parts.push(make("p", "staff-words", staff.hint));
  if (staff.stage === "pin" || staff.stage === "checking") {
    const dots = make("div", "dots");
    dots.setAttribute("aria-label", `${staff.dots} / ${staff.length}`);
    for (let i = 0; i < staff.length; i++) dots.append(make("span", i < staff.dots ? "dot full" : "dot"));
    const pad = make("div", "pad");
    if (staff.stage === "pin" && !staff.locked) {
      [..."123456789"].forEach((digit) => pad.append(one({ name: `pin_${digit}`, label: digit, tone: "key" })));
      const erase = one({ name: "pin_back", label: "", icon: "back", tone: "key" });
      erase.setAttribute("aria-label", "Xoá một số");
      pad.append(make("span"), one({ name: "pin_0", label: "0", tone: "key" }), erase);
    }
    parts.push(dots, staff.locked ? make("p", "staff-said", staff.locked) : pad);
  } else if (staff.stage === "status") {
    const list = make("dl", "rows");
    staff.rows.forEach((row) => list.append(make("dt", "", row.label), make("dd", row.good === null ? "" : row.good ? "good" : "bad", row.said)));
    parts.push(list);
  } else parts.push(make("div", `tiles ${staff.stage}`, ...staff.buttons.map(one)));
  if (!["pin", "checking", "menu"].includes(staff.stage)) parts.push(make("div", "staff-foot", one({ name: "staff_back", label: "Quay lại", tone: "quiet" })));
  return [make("div", "staff-sheet", ...parts)];
}

function draw(view) {
  // Another run of the program, or somebody asked for it: a fresh page, which draws the whole state again.
  if (page && view.page && view.page !== page) { page = ""; location.reload(); return; }
  page = view.page || page;
  if (view.session !== session || view.screen !== stage.dataset.screen) { drawn.clear(); lastBooks = 0; }
  session = view.session;
  byId("school").textContent = view.school;
  byId("school").classList.toggle("long", view.school.length > 40);
  banner.hidden = view.online;
  part(banner, "banner", view.offline_hint, (text) => (text ? [use("i-cloud"), make("span", "", ...sentences(text))] : []));
  stage.dataset.screen = view.screen;
  stage.classList.toggle("has-books", view.books.length > 0);
  const { countdown, notice, question, buttons, sound, staff, volume, next, page: _page, ...rest } = view;
  part(stage, "stage", rest, () => (SCREENS[view.screen] || SCREENS.idle)(view));
  const row = byId("buttons");
  if (row) {
    // A stage drawn anew has an empty row.
    if (!row.childElementCount) drawn.delete("buttons");
    part(row, "buttons", { buttons, countdown, session: view.session }, () => buttons.map((one) => button(one, one.name === "done" ? countdown : null)));
  }
  part(strip, "strip", notice, drawStrip);
  part(overlay, "overlay", { notice: notice && notice.tone === "no" ? notice : null, question }, () => drawSheet(view));
  overlay.hidden = !overlay.childElementCount;
  // A scan waits until what is said was read: that is told beside it, and what is said stands still.
  document.querySelectorAll(".next").forEach((node) => { if (node.textContent !== next) node.textContent = next; });
  part(byId("staff"), "staff", view.staff, drawStaff);
  byId("staff").hidden = !view.staff;
  if (lastSound !== null && sound.number !== lastSound) play(sound.name, view.volume / 100);
  lastSound = sound.number;
}

function lostKiosk() {
  draw({ screen: "out_of_order", session: -1, school: byId("school").textContent, title: "Máy đang khởi động", hint: "Em đợi một chút nhé.",
    reader: null, books: [], due: null, notice: null, question: null, buttons: [], waiting: false, waiting_for: "", next: "", countdown: null, due_label: "", receipt: "",
    online: true, offline_hint: "", staff_hint: "", choices: [], staff: null, volume: 75, sound: { number: lastSound, name: "" } });
}

// What is said lies over the list's foot: its height is the room the list leaves (screen.css).
new ResizeObserver(() => stage.style.setProperty("--said", `${strip.firstElementChild?.offsetHeight ?? 0}px`)).observe(strip);

let gone = 0;
const events = new EventSource("/events");
events.onmessage = (event) => { clearTimeout(gone); gone = 0; draw(JSON.parse(event.data)); stage.dataset.event = event.lastEventId; };
events.onerror = () => { if (!gone) gone = setTimeout(lostKiosk, 1500); }; // it reconnects by itself
document.addEventListener("contextmenu", (event) => event.preventDefault());
document.addEventListener("dragstart", (event) => event.preventDefault());
