// Suggestions under a search box (ARIA combobox). The server answers
// {"suggestions": [{"text", "kind", "record_id"}]}; an answer to an older question is dropped.
const ICONS = { title: "book-open", author: "user", subject: "shapes", query: "search" };
const WORDS = { title: "nhan đề", author: "tác giả", subject: "môn" };
const PAUSE_MS = 90;
let count = 0;

function draw(list, suggestions, icons) {
  list.replaceChildren(
    ...suggestions.map((suggestion, index) => {
      const item = document.createElement("li");
      item.className = "suggestion";
      item.id = `${list.id}-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("class", "icon");
      svg.setAttribute("aria-hidden", "true");
      const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
      use.setAttribute("href", icons + (ICONS[suggestion.kind] || "search"));
      svg.append(use);
      const words = document.createElement("span");
      words.textContent = suggestion.text;
      item.append(svg, words);
      if (WORDS[suggestion.kind]) {
        const kind = document.createElement("span");
        kind.className = "suggestion-kind";
        kind.textContent = WORDS[suggestion.kind];
        item.append(kind);
      }
      return item;
    }),
  );
}

function start(input) {
  count += 1;
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = `suggestions-${count}`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Gợi ý");
  input.parentElement.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let suggestions = [];
  let chosen = -1;
  let typed = input.value;
  let timer = 0;
  let asked = 0;

  // Whoever goes through the list or leaves it wants no newer one.
  const askNoMore = () => {
    clearTimeout(timer);
    asked += 1;
  };
  const close = () => {
    askNoMore();
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (index) => {
    askNoMore();
    chosen = index;
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === index)));
    if (index < 0) {
      input.removeAttribute("aria-activedescendant");
      input.value = typed;
    } else {
      input.setAttribute("aria-activedescendant", list.children[index].id);
      list.children[index].scrollIntoView({ block: "nearest" });
      input.value = suggestions[index].text;
    }
  };
  const take = (index) => {
    input.value = suggestions[index].text;
    close();
    const page = input.dataset.recordUrl;
    if (page && suggestions[index].kind === "title" && suggestions[index].record_id) {
      location.assign(page.replace("/0", `/${suggestions[index].record_id}`));
    } else {
      input.form.requestSubmit();
    }
  };
  const fetchSuggestions = async () => {
    const question = ++asked;
    const text = input.value.trim();
    if (text.length < 2) {
      close();
      return;
    }
    let answer;
    try {
      const reply = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(text)}`, {
        headers: { Accept: "application/json" },
      });
      if (!reply.ok) return;
      answer = await reply.json();
    } catch {
      return; // no network: the box still searches
    }
    if (question !== asked || document.activeElement !== input) return;
    suggestions = answer.suggestions || [];
    draw(list, suggestions, input.dataset.icons);
    list.hidden = suggestions.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    chosen = -1;
  };

  input.addEventListener("input", () => {
    typed = input.value;
    clearTimeout(timer);
    timer = setTimeout(fetchSuggestions, PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) {
      if (event.key === "Escape") askNoMore();
      return;
    }
    const last = suggestions.length - 1;
    if (event.key === "ArrowDown") mark(chosen === last ? -1 : chosen + 1);
    else if (event.key === "ArrowUp") mark(chosen === -1 ? last : chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) take(chosen);
    else if (event.key === "Escape") {
      input.value = typed;
      close();
    } else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus in the box
  list.addEventListener("click", (event) => {
    const item = event.target.closest(".suggestion");
    if (item) take([...list.children].indexOf(item));
  });
}

export function startComboboxes() {
  for (const input of document.querySelectorAll("input[data-suggest]")) start(input);
}
