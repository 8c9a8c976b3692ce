import { button, byId } from "./dom.js";

/** Displays a notice in the line above the message field, with an optional action. */
export function notify(text, label, act) {
  const line = byId("notice");
  const buttons = [button("Close", clearNotice, { class: "action" })];
  if (act) {
    const take = () => {
      clearNotice();
      act();
    };
    buttons.unshift(button(label, take, { class: "action" }));
  }
  line.replaceChildren(text, " ", ...buttons);
}

/** Removes the notice. */
export const clearNotice = () => byId("notice").replaceChildren();
