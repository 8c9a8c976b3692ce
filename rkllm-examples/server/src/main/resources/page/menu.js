/** Has a menu made of <details> behave as one: it closes by Escape, outside, and when one chose. */
export function behaveAsMenu(details) {
  const close = () => (details.open = false);
  details.addEventListener("click", (event) => {
    if (event.target.closest("button")) {
      close();
    }
  });
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && details.open) {
      event.stopPropagation(); // it would stop the answer
      close();
      details.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (!details.contains(event.target)) {
      close();
    }
  });
}
