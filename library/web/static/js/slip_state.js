// While a slip waits at a kiosk, its card on the document's page looks again every few seconds.
const SECONDS = 4;
const inUse = (card) => document.hidden || card.contains(document.activeElement);
const look = async () => {
  const card = document.getElementById("slip");
  if (!card || !("waiting" in card.dataset)) return;
  if (!inUse(card)) {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("slip");
        if (fresh && !inUse(card) && fresh.innerHTML !== card.innerHTML) card.replaceWith(fresh);
      }
    } catch {
      // the line is away: look again later
    }
  }
  setTimeout(look, SECONDS * 1000);
};
setTimeout(look, SECONDS * 1000);
