// Handing textbooks out to a class, and collecting them: every scan becomes a line of the list, the list is
// kept in this browser until the server has written it, and the server says after each scan what it means.
// No rule is decided here. Without this script the list is a text box and a button.
import { send } from "./send.js";
import { beep } from "./sounds.js";

const SAME_SCAN_MS = 1200; // one book left under the scanner reads twice
const form = document.querySelector("[data-textbooks]");
const store = (name) => `kesach-textbooks-${name}`;

const finished = document.querySelector("[data-tb-done]")?.dataset.tbDone;
if (finished) localStorage.removeItem(store(finished));

function start() {
  const part = (name) => form.querySelector(`[data-tb-${name}]`);
  const box = form.querySelector("#scan");
  const area = part("lines");
  const matrix = document.querySelector("[data-tb-matrix]");
  const buttons = matrix ? [...matrix.querySelectorAll("[data-tb-pupil]")] : [];
  const order = buttons.map((button) => button.dataset.tbPupil);
  const key = store(form.dataset.textbooks);
  let last = { text: "", at: 0 };
  let asking = false;
  let again = null; // to be asked once more: true after a scan, which is said and heard
  let problems = null; // how many were known of

  const lines = () => area.value.split("\n").map((line) => line.trim()).filter(Boolean);
  const isBook = (line) => !line.startsWith("#") && !line.startsWith("=") && !/^TV\d{8}$/i.test(line);

  function say(text, tone) {
    const place = part("say");
    place.textContent = text;
    if (text) place.dataset.tone = tone;
    else delete place.dataset.tone;
  }

  function count() {
    const books = new Set(lines().filter(isBook).map((line) => line.toUpperCase()));
    part("count").textContent = books.size ? `Đã quét ${books.size} cuốn` : "";
    part("send").disabled = !books.size;
  }

  // Marks what the condition chips and the class list stand at, from the list itself.
  function showState() {
    const all = lines();
    const condition = all.filter((line) => line.startsWith("=")).pop()?.slice(1) || "";
    for (const chip of form.querySelectorAll("[data-tb-condition]")) {
      const named = chip.dataset.tbCondition === condition || chip.textContent.trim().toLowerCase() === condition.toLowerCase();
      chip.setAttribute("aria-pressed", String(named));
    }
    count();
  }

  function keep() {
    if (area.value.trim()) localStorage.setItem(key, area.value);
    else localStorage.removeItem(key);
    showState();
  }

  function showCurrent(reader) {
    if (!matrix) return;
    for (const row of matrix.querySelectorAll("tr[data-reader]")) row.toggleAttribute("data-tb-current", row.dataset.reader === reader);
  }

  function show(answer) {
    if (!matrix) return;
    for (const cell of matrix.querySelectorAll("[data-tb-new]")) cell.removeAttribute("data-tb-new");
    for (const [reader, record] of answer.cells) {
      matrix.querySelector(`tr[data-reader="${reader}"] [data-record="${record}"]`)?.setAttribute("data-tb-new", "");
    }
    const list = part("problems");
    list.replaceChildren(...answer.problems.map((problem) => {
      const item = document.createElement("li");
      const code = document.createElement("code");
      code.textContent = problem.text;
      item.append(code, ` ${problem.title ? `${problem.title}: ` : ""}${problem.words}`);
      return item;
    }));
    list.hidden = !answer.problems.length;
    const skip = part("skip");
    if (skip) skip.hidden = !answer.problems.length;
    part("send-words").textContent = answer.count ? `Cấp ${answer.count} cuốn cho ${answer.pupils} em` : "Cấp sách";
    part("send").disabled = !answer.count;
  }

  // Whose books come next, as far as the list here knows: the next arrow key waits for no answer.
  function point(text) {
    if (!matrix) return;
    if (text.startsWith("#")) showCurrent(text.slice(1));
    const row = [...matrix.querySelectorAll("tr[data-card]")].find((one) => one.dataset.card === text.toUpperCase());
    if (row) showCurrent(row.dataset.reader);
  }

  async function check(loud) {
    if (asking) {
      again = again === true || loud; // a scan that waits to be said is not forgotten for a look without words
      return;
    }
    asking = true;
    const asked = area.value;
    try {
      const answer = await send(form.dataset.check, { lines: lines() });
      show(answer);
      if (asked === area.value) {
        showCurrent(answer.current ? String(answer.current) : "");
        if (loud) say(answer.say, answer.tone);
        const refused = answer.problems?.length ?? 0;
        // A refused line is heard, and stands in the list of problems, though the hand has scanned on meanwhile.
        if (loud && answer.say) beep(problems !== null && refused > problems ? "no" : answer.tone);
        problems = refused;
      }
    } catch (problem) {
      say(`${problem.message} Các lượt quét vẫn được giữ ở đây.`, "attention");
    }
    asking = false;
    if (again !== null) {
      const next = again;
      again = null;
      check(next);
    }
  }

  function add(text) {
    area.value = [...lines(), text].join("\n");
    keep();
    point(text);
    check(true);
  }

  function step(by) {
    if (!order.length) return;
    const current = matrix.querySelector("tr[data-tb-current]")?.dataset.reader;
    const place = current ? order.indexOf(current) + by : by > 0 ? 0 : order.length - 1;
    if (place >= 0 && place < order.length) add(`#${order[place]}`);
  }

  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      if (event.ctrlKey) return form.requestSubmit();
      const text = box.value.trim();
      box.value = "";
      const now = performance.now();
      if (!text || (text === last.text && now - last.at < SAME_SCAN_MS)) return undefined;
      last = { text, at: now };
      if (form.dataset.sent) { // the page is leaving with the list as it was sent
        say(`Chưa lấy ${text}: danh sách đang được ghi. Quét lại khi trang sau hiện ra.`, "no");
        beep("no");
      } else add(text);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape" && matrix) {
      event.preventDefault();
      add("#");
    }
    return undefined;
  });
  for (const button of buttons) button.addEventListener("click", () => { add(`#${button.dataset.tbPupil}`); box.focus(); });
  form.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-tb-condition]");
    if (chip) {
      add(`=${chip.dataset.tbCondition}`);
      box.focus();
    } else if (event.target.closest("[data-tb-drop]")) {
      area.value = lines().slice(0, -1).join("\n");
      keep();
      say("Đã bỏ lần quét cuối.", "attention");
      check(false);
      box.focus();
    }
  });
  area.addEventListener("input", () => { keep(); check(false); });

  part("scan").hidden = false;
  part("conditions").hidden = false;
  part("raw").open = false;
  if (!form.hasAttribute("data-refused")) area.value = localStorage.getItem(key) || "";
  keep();
  if (lines().length) check(false);
  if (area.value && !form.hasAttribute("data-refused")) say("Danh sách quét dở lần trước vẫn còn ở đây.", "attention");
  box.focus();
}

if (form) start();
