import { button, byId } from "./dom.js";

/** Says something in the line above the message field, with an action to take if there is one. */
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

/** Says nothing any more. */
export const clearNotice = () => byId("notice").replaceChildren();
