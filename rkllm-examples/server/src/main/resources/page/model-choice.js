import { models } from "./api.js";
import { byId, button, element } from "./dom.js";
import { askKey } from "./key-dialog.js";

/** The selector of a model, and the message displayed if there are no models. */
export class ModelChoice {
  #select = byId("model");
  #start = byId("start");
  #models = [];
  #wanted;
  #loaded = Promise.resolve();

  /** Creates a selector that calls chosen(name). */
  constructor(chosen) {
    this.#select.addEventListener("change", () => {
      this.#wanted = this.#select.value;
      this.#tellSimulator();
      chosen(this.#select.value);
    });
    this.#say("Asking the server for its models.");
  }

  /** Requests the models from the server, prompting for the key if one is required. */
  load() {
    this.#loaded = this.#load();
    return this.#loaded;
  }

  /** Resolves when the server has sent the models or an error. */
  get loaded() {
    return this.#loaded;
  }

  async #load() {
    try {
      this.#models = await models();
      this.#select.replaceChildren(
        ...this.#models.map(({ id }) => element("option", { value: id }, id)),
      );
      this.choose(this.#wanted);
      this.#greet();
    } catch (e) {
      if (e.status === 401 && (await askKey())) {
        await this.#load();
        return;
      }
      const words = e.status === 401 ? "This server requires a key." : e.message;
      this.#say(words, " ", button("Try again", () => this.load()));
    }
  }

  /** Selects a model, or the first one if it does not exist any more. */
  choose(name) {
    this.#wanted = name;
    if (this.#models.some(({ id }) => id === name)) {
      this.#select.value = name;
    }
    this.#select.disabled = this.#models.length === 0;
    this.#tellSimulator();
  }

  /** The name of the selected model; empty if there is none. */
  get chosen() {
    return this.#select.value;
  }

  /** The context length of the selected model, in tokens; 0 if unknown. */
  get contextLength() {
    return this.#models.find(({ id }) => id === this.chosen)?.context_length ?? 0;
  }

  #tellSimulator() {
    const model = this.#models.find(({ id }) => id === this.chosen);
    byId("simulated").hidden = !model?.simulator;
  }

  #greet() {
    if (this.#models.length > 0) {
      this.#say("Ask something. The answer is written by this server, and the conversation is kept in this browser.");
    } else {
      this.#say(
        "There are no models yet. Download one with ",
        element("code", {}, "rkllm pull user/repository/file.rkllm"),
        ", or put its folder among the server’s models. ",
        button("Look again", () => this.load()),
      );
    }
  }

  #say(...content) {
    this.#start.replaceChildren(element("p", {}, ...content));
  }
}
