import { byId } from "./dom.js";
import { parseTools } from "./tools.js";

const NUMBERS = ["temperature", "top_p", "top_k", "max_tokens"];

/** The dialog with the settings of a conversation. */
export class SettingsDialog {
  #dialog = byId("settings");
  #form = byId("settings-form");
  #toolsError = byId("tools-error");

  /** Creates a dialog that calls changed(settings) when settings were applied. */
  constructor(changed) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#checkTools()) {
        this.#dialog.close();
        changed(this.#read());
      }
    });
    byId("cancel-settings").addEventListener("click", () => this.#dialog.close());
    this.#form.tools.addEventListener("input", () => (this.#toolsError.textContent = ""));
  }

  /** Opens the dialog with the given settings. */
  open(settings) {
    for (const name of [...NUMBERS, "system", "thinking", "tools"]) {
      this.#form[name].value = settings[name] ?? "";
    }
    this.#toolsError.textContent = "";
    this.#dialog.showModal();
  }

  #checkTools() {
    const { tools } = this.#form;
    try {
      if (tools.value.trim()) {
        parseTools(tools.value);
      }
      return true;
    } catch (e) {
      this.#toolsError.textContent = e.message;
      tools.focus();
      return false;
    }
  }

  #read() {
    const settings = {};
    for (const name of NUMBERS) {
      const { valueAsNumber } = this.#form[name];
      if (!Number.isNaN(valueAsNumber)) {
        settings[name] = valueAsNumber;
      }
    }
    for (const name of ["system", "thinking", "tools"]) {
      if (this.#form[name].value.trim()) {
        settings[name] = this.#form[name].value;
      }
    }
    return settings;
  }
}
