// Runs before the page is painted, and is therefore not a module. This avoids a flash of the
// wrong colors. Unless the user has chosen a theme, the system's is used.
(() => {
  const KEY = "rkllm.theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // no choice can be stored
  }

  const isDark = () => (chosen ? chosen === "dark" : system.matches);

  function apply() {
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    const button = document.getElementById("theme");
    if (button) {
      button.textContent = isDark() ? "Light colors" : "Dark colors";
    }
  }

  function change() {
    const wanted = isDark() ? "light" : "dark";
    chosen = (wanted === "dark") === system.matches ? null : wanted; // follow the system again
    try {
      chosen ? localStorage.setItem(KEY, chosen) : localStorage.removeItem(KEY);
    } catch {
      // the choice lasts until the page is closed
    }
    apply();
  }

  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", change);
    apply();
  });
})();
