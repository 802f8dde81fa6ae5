// Scans kept in order and sent one after another: two scans 50 ms apart are two acts. One that cannot be sent
// waits with its own key: sent again, it is never done twice. Used by the desk, by piles and by class lists.
import { send } from "./send.js";

const SAME_SCAN_MS = 1200; // one book left under the scanner reads twice
const RETRY_MS = [500, 1000, 2000, 4000, 8000];

export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain http in the school's network: no randomUUID there.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

// url: where scans go. waiting: the element that says how many are being sent. answered(answer, scan) and
// trouble(text, scan) show what came of each. prepare(scan): what is sent, made when its turn comes.
export function scanQueue({ url, waiting, answered, trouble, prepare = (scan) => scan }) {
  const queue = [];
  let working = false;
  let last = { text: "", at: 0 };

  const scans = () => queue.filter((one) => !one.act).length;

  function showWaiting(text = "") {
    waiting.textContent = text || (scans() > 1 ? `Còn ${scans()} lượt quét đang ghi` : "");
    waiting.hidden = !waiting.textContent;
  }

  async function work() {
    if (working) return;
    working = true;
    while (queue.length) {
      const scan = queue[0];
      showWaiting();
      try {
        if (scan.act) await scan.act();
        else answered(await send(url, prepare(scan)), scan);
        queue.shift();
      } catch (problem) {
        if (problem.status === 0 || problem.status === 503 || problem.status === 429) {
          scan.tries = (scan.tries || 0) + 1;
          showWaiting(`Máy chủ chưa trả lời. Giữ ${scans()} lượt quét, đang gửi lại…`);
          await pause(RETRY_MS[Math.min(scan.tries, RETRY_MS.length) - 1]);
          continue; // the same key: nothing is done twice
        }
        if (problem.status === 401 || problem.status === 400) {
          trouble(`${problem.message} Còn ${scans()} lượt quét chưa ghi: đăng nhập lại ở thẻ khác của trình duyệt rồi bấm Esc.`, null);
          break;
        }
        trouble(problem.message, scan);
        queue.shift();
      }
    }
    working = false;
    if (!queue.length) showWaiting();
  }

  window.addEventListener("beforeunload", (event) => {
    if (!queue.length) return;
    event.preventDefault();
    // Whoever stays can send the form after all that they did not leave by (ui.js lets none go twice).
    setTimeout(() => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
  });

  return {
    work,
    get length() { return queue.length; },
    get stopped() { return queue.length > 0 && !working; },
    // act() when all that was scanned so far is answered, before anything scanned later is sent. It throws nothing.
    afterwards(act) {
      queue.push({ act });
      work();
    },
    take(text, more = {}) {
      const scan = { text, key: newKey(), ...more };
      queue.push(scan);
      work();
      return scan;
    },
    // Another way of working was chosen on purpose: the same book again is meant.
    forget() { last = { text: "", at: 0 }; },
    // Every line that comes into the form's box, unless it is empty: the box is free at once. A scan read twice is
    // told to twice(text) and does nothing.
    listen(form, box, took, twice = () => {}) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const text = box.value.trim();
        box.value = "";
        box.focus();
        if (this.fresh(text)) took(text);
        else if (text) twice(text);
      });
    },
    // What was typed into a box, unless the scanner has read the same code twice in a moment.
    fresh(text) {
      const moment = Date.now();
      const again = text === last.text && moment - last.at < SAME_SCAN_MS;
      last = { text, at: moment };
      return Boolean(text) && !again;
    },
  };
}

// A scanner types wherever the cursor is: bring it home, unless somebody is writing elsewhere. A button that has
// the focus would swallow the code and be pressed by the scanner's Enter; only a space is meant for it.
export function keepCursorIn(box) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const pressed = event.key === " " && event.target.closest("button, summary, a");
      if (!pressed && !event.target.closest("input, textarea, select")) box.focus();
    }
  });
  box.focus();
}
