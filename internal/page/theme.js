"use strict";
(() => {
  const root = document.documentElement;
  const theme = document.getElementById("theme");

  // Light and dark: what the system prefers, until the button says otherwise.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("ovnwalk-theme");
      localStorage.setItem("ovnwalk-theme", value);
    } catch (e) { /* no storage here: the choice lasts as long as the page */ }
    return null;
  };
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  const showTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
  const chosen = stored();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  showTheme();
  dark.addEventListener("change", showTheme);
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    stored(root.dataset.theme);
    showTheme();
  });
})();
