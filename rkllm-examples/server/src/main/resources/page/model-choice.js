import { models } from "./api.js";
import { byId, button, element } from "./dom.js";
import { askKey } from "./key-dialog.js";

/** The choice of a model, and what is said where there is none. */
export class ModelChoice {
  #select = byId("model");
  #start = byId("start");
  #models = [];
  #wanted;
  #loaded = Promise.resolve();

  /** Calls chosen(name). */
  constructor(chosen) {
    this.#select.addEventListener("change", () => {
      this.#wanted = this.#select.value;
      this.#tellSimulator();
      chosen(this.#select.value);
    });
    this.#say("Asking the server for its models.");
  }

  /** Asks the server what there is; for its key too, if it wants one. */
  load() {
    this.#loaded = this.#load();
    return this.#loaded;
  }

  /** When the server has said what there is, or that it will not. */
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
      const words = e.status === 401 ? "This server wants a key before it answers." : e.message;
      this.#say(words, " ", button("Try again", () => this.load()));
    }
  }

  /** Chooses one, or the first if there is no such model any more. */
  choose(name) {
    this.#wanted = name;
    if (this.#models.some(({ id }) => id === name)) {
      this.#select.value = name;
    }
    this.#select.disabled = this.#models.length === 0;
    this.#tellSimulator();
  }

  /** The name of the one that is chosen; empty if there is none. */
  get chosen() {
    return this.#select.value;
  }

  /** The context of the chosen one, in tokens; 0 if unknown. */
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
        "There are no models here yet. Fetch one with ",
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
