/** Makes a <details> element a menu, closed by Escape, a click outside of it, or a selection. */
export function behaveAsMenu(details) {
  const close = () => (details.open = false);
  details.addEventListener("click", (event) => {
    if (event.target.closest("button")) {
      close();
    }
  });
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && details.open) {
      event.stopPropagation(); // Escape would also stop the answer
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
