import { hasKey, setKey } from "./api.js";
import { byId } from "./dom.js";

/** Prompts for the server's key. Resolves to whether one was entered. */
export function askKey() {
  const dialog = byId("key-dialog");
  const field = byId("key");
  byId("key-reason").textContent = hasKey() ? "The server did not accept the last one." : "";
  field.value = "";
  dialog.showModal();
  field.focus();
  return new Promise((resolve) => {
    let given = false;
    byId("key-form").onsubmit = (event) => {
      event.preventDefault();
      given = true;
      setKey(field.value.trim());
      dialog.close();
    };
    byId("cancel-key").onclick = () => dialog.close();
    dialog.onclose = () => {
      field.value = "";
      resolve(given);
    };
  });
}
