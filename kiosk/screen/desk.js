// The page of whoever sits at a mobile desk. It shows what the kiosk says and sends four buttons; it keeps nothing.
const byId = (id) => document.getElementById(id);
let undoKey = "", shown = "", asked = 0;

// What was pressed is dead until it is done; a kiosk that does not answer is spoken of by the next look.
async function send(node, path, body = {}) {
  node.disabled = true;
  await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }).catch(() => {});
  node.disabled = false;
  shown = "";
  await load().catch(() => {});
}

function cell(text, label, className = "") {
  const node = document.createElement("td");
  node.textContent = text;
  node.dataset.label = label;
  if (className) node.className = className;
  return node;
}

function draw(view) {
  byId("school").textContent = view.school;
  byId("day").textContent = view.day;
  byId("net").textContent = view.online ? "Đang có mạng" : "Không có mạng: máy tự ghi lại, về trường sẽ gửi";
  byId("net").classList.toggle("off", !view.online);
  const data = view.data;
  byId("data").textContent = data.made
    ? `${data.readers.toLocaleString("vi")} bạn đọc, ${data.copies.toLocaleString("vi")} cuốn, lấy lúc ${data.made}.${data.fresh ? "" : " Dữ liệu cũ: bấm Lấy dữ liệu trước khi đi."}${data.clock_ok ? "" : " Máy chưa biết giờ đúng, nên chưa báo hạn trả."}`
    : "Chưa có dữ liệu. Nối mạng của trường rồi bấm Lấy dữ liệu.";
  byId("data").classList.toggle("warn", !data.fresh || !data.clock_ok);
  const unit = byId("unit");
  if (document.activeElement !== unit && !unit.disabled) {
    const options = [["", "Không theo tủ nào"], ...view.units.map((one) => [one.name, `${one.name} (${one.count} cuốn)`])];
    if (view.unit && !view.units.some((one) => one.name === view.unit)) options.push([view.unit, `${view.unit} (chưa có trong dữ liệu)`]);
    unit.replaceChildren(...options.map(([value, label]) => new Option(label, value, false, value === view.unit)));
  }
  for (const name of ["lent", "returned", "waiting"]) byId(name).textContent = view[name];
  undoKey = view.undo;
  byId("undo").hidden = !undoKey;
  const last = view.acts.find((act) => act.key === undoKey);
  byId("undo-what").textContent = last ? `${last.word}: ${last.title}${last.name ? ` – ${last.name} ${last.class}` : ""}` : "";
  const summary = view.settlement;
  if (!byId("settle").disabled) byId("settled").textContent = summary.said || (view.waiting ? `${view.waiting} việc đang ở máy này, chưa về máy chủ.`
    : summary.ran || summary.done ? `Mọi việc đã về máy chủ: ${summary.done} việc đã ghi, ${summary.conflicts.length} việc cần xem lại.` : "Chưa có gì để gửi.");
  byId("settled").classList.toggle("warn", Boolean(summary.said || view.waiting));
  byId("conflicts").replaceChildren(...summary.conflicts.map((one) => {
    const node = document.createElement("li");
    node.textContent = `${one.word} “${one.title}”: ${one.why} Xem ở trang thủ thư, mục Việc chờ xử lý.`;
    return node;
  }));
  byId("none").hidden = view.acts.length > 0;
  byId("acts").replaceChildren(...view.acts.map((act) => {
    const row = document.createElement("tr");
    row.className = act.undone ? "undone" : act.kind;
    row.append(cell(act.time, "Lúc"), cell(act.word, "Việc", "word"), cell(`${act.name} ${act.class}`.trim() || "–", "Bạn đọc"), cell(act.title, "Sách", "title"), cell(act.due || "–", "Hạn trả"), cell(act.state, "Tình trạng"));
    return row;
  }));
}

async function load() {
  const mine = ++asked;
  const text = await (await fetch("/desk/data.json")).text();
  if (mine !== asked) return; // asked before something was pressed: a newer answer is on its way
  if (text !== shown) { shown = text; draw(JSON.parse(text)); }
}

byId("fetch").addEventListener("click", (event) => send(event.target, "/desk/fetch"));
byId("settle").addEventListener("click", (event) => { byId("settled").textContent = "Đang gửi…"; send(event.target, "/desk/settle"); });
byId("undo").addEventListener("click", (event) => {
  if (event.detail > 1) return; // a double click is one wish; asked of one act again, the kiosk takes it back once
  send(event.target, "/desk/undo", { key: undoKey });
});
byId("unit").addEventListener("change", (event) => { event.target.blur(); send(event.target, "/desk/unit", { name: event.target.value }); });

async function again() {
  await load().catch(() => { byId("net").textContent = "Chương trình quầy đang khởi động…"; shown = ""; });
  setTimeout(again, 1500);
}
again();
