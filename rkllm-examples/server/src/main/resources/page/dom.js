/** Returns the element with the given id. */
export const byId = (id) => document.getElementById(id);

/**
 * Creates an element. Attributes whose name begins with "on" are listeners. Those that are false, null
 * or undefined are left out, and so are such children. Strings become text, never markup.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      made.addEventListener(name.slice(2), value);
    } else if (value === true) {
      made.setAttribute(name, "");
    } else if (value !== false && value != null) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.filter((child) => child != null && child !== false));
  return made;
}

/** Creates a button with an action. */
export const button = (label, onclick, attributes = {}) =>
  element("button", { type: "button", onclick, ...attributes }, label);

/** Copies a text, and confirms it on the button for a moment. */
export async function copy(text, pressed) {
  const label = pressed.textContent;
  try {
    await navigator.clipboard.writeText(text);
    pressed.textContent = "Copied";
  } catch {
    // Browsers offer no clipboard to pages loaded over plain HTTP from another machine.
    pressed.textContent = copyBySelection(text) ? "Copied" : "Not allowed";
  }
  setTimeout(() => (pressed.textContent = label), 1500);
}

function copyBySelection(text) {
  const field = element("textarea", { class: "unseen", readonly: true });
  field.value = text;
  const focused = document.activeElement;
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return copied;
}
