// Runs before the page is painted, and is not a module for that reason: nobody should see a flash of
// the wrong colours. Without a choice of the user's, the colours are the system's.
(() => {
  const KEY = "rkllm.theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // no storage, no choice
  }

  const isDark = () => (chosen ? chosen === "dark" : system.matches);

  function apply() {
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    const button = document.getElementById("theme");
    if (button) {
      button.textContent = isDark() ? "Light colours" : "Dark colours";
    }
  }

  function change() {
    const wanted = isDark() ? "light" : "dark";
    chosen = (wanted === "dark") === system.matches ? null : wanted; // back to following the system
    try {
      chosen ? localStorage.setItem(KEY, chosen) : localStorage.removeItem(KEY);
    } catch {
      // then it holds until the page is closed
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
