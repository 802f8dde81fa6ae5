// Fields whose own words come from the browser's language: dates, files, and what is missing, said in Vietnamese.
// Next: css/parts.css (date-field, file-field).
const MISSING = "Điền ô này rồi gửi lại.";
const BROKEN = [
  ["valueMissing", (field) => (field.type === "file" ? "Chọn một tệp." : field.tagName === "SELECT" ? "Chọn một mục." : MISSING)],
  ["typeMismatch", (field) => (field.type === "email" ? "Thư điện tử viết như ten@truong.edu.vn." : "Viết chưa đúng dạng.")],
  ["badInput", (field) => (field.type === "date" ? "Ngày chưa đủ hoặc không có thật." : "Chỉ gõ số ở ô này.")],
  ["rangeUnderflow", (field) => `Từ ${shown(field, field.min)} trở lên.`],
  ["rangeOverflow", (field) => `Không quá ${shown(field, field.max)}.`],
  ["stepMismatch", () => "Gõ số tròn, không lẻ."],
  ["tooShort", (field) => `Ít nhất ${field.minLength} ký tự.`],
  ["tooLong", (field) => `Không quá ${field.maxLength} ký tự.`],
  ["patternMismatch", (field) => field.title || "Viết chưa đúng dạng."],
];

function inOrder(day) {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  return parts ? `${parts[3]}/${parts[2]}/${parts[1]}` : "";
}
function shown(field, value) {
  return inOrder(value) || value;
}

function wrap(field, name) {
  const focused = document.activeElement === field;
  const frame = document.createElement("span");
  frame.className = name;
  field.replaceWith(frame);
  frame.append(field);
  if (focused) field.focus();
  return frame;
}

// A date field is read day first, whatever the computer's language; while it is typed in, it is the browser's own.
function dressDate(field) {
  const frame = wrap(field, "date-field");
  const show = () => (frame.dataset.words = inOrder(field.value) || "ngày/tháng/năm");
  field.addEventListener("input", show);
  field.addEventListener("change", show);
  field.form?.addEventListener("reset", () => setTimeout(show));
  show();
}

// The real field lies over the words, so a click, the keyboard and a file dropped on it work as ever.
function dressFile(field) {
  const frame = wrap(field, "file-field");
  const button = document.createElement("span");
  button.className = "file-button";
  button.textContent = field.multiple ? "Chọn các tệp" : "Chọn tệp";
  const name = document.createElement("span");
  name.className = "file-name";
  for (const word of [button, name]) word.setAttribute("aria-hidden", "true");
  frame.append(button, name);
  const limit = Number(field.dataset.maxMb);
  const show = () => {
    const files = [...field.files];
    const large = limit && files.find((file) => file.size > limit * 1048576);
    field.setCustomValidity(large ? `Tệp ${large.name} lớn hơn ${limit} MB. Chia nhỏ tệp rồi chọn lại.` : "");
    if (large) field.reportValidity();
    name.textContent = files.length > 1 ? `${files.length} tệp` : files.length ? files[0].name : "Chưa chọn tệp nào";
  };
  field.addEventListener("change", show);
  field.form?.addEventListener("reset", () => setTimeout(show));
  show();
}

export function startFields() {
  for (const field of document.querySelectorAll("input[type=date].input")) dressDate(field);
  for (const field of document.querySelectorAll("input[type=file].input")) dressFile(field);
  document.addEventListener(
    "invalid",
    (event) => {
      const field = event.target;
      const broken = BROKEN.find(([rule]) => field.validity[rule]);
      if (broken) field.setCustomValidity(broken[1](field));
    },
    true,
  );
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => event.target.setCustomValidity?.(""), true);
  }
}
