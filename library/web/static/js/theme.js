// Light and dark by hand. The choice is a cookie, so the server draws the next page right at once.
const COOKIE = "kesach_theme";
const YEAR = 365 * 24 * 3600;

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function startThemeSwitches() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      const theme = isDark() ? "light" : "dark";
      document.documentElement.dataset.theme = theme;
      document.querySelector("link[data-dark]").media = theme === "dark" ? "screen" : "not all";
      document.cookie = `${COOKIE}=${theme}; path=/; max-age=${YEAR}; samesite=lax`;
      button.setAttribute("aria-pressed", String(theme === "dark"));
    });
  }
}
