import { byId } from "./dom.js";

/** The name of the conversation, and the form that changes it in its place. */
export class TitleForm {
  #heading = byId("title");
  #form = byId("rename-form");
  #field = byId("new-title");
  #shown = null;

  /** Calls rename(name). */
  constructor(rename) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.#field.value.trim();
      if (name) {
        this.#close();
        rename(name);
      }
    });
    byId("cancel-rename").addEventListener("click", () => this.#close());
    this.#form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation(); // it would stop the answer
        this.#close();
      }
    });
  }

  /** Shows a conversation's name. */
  show(conversation) {
    if (conversation !== this.#shown) {
      this.#shown = conversation;
      this.#hideForm(); // it was about another one
    }
    this.#heading.textContent = conversation.title;
    document.title = `${conversation.title} – rkllm`;
  }

  /** Has it changed. */
  edit(conversation) {
    this.#field.value = conversation.title;
    this.#heading.hidden = true;
    this.#form.hidden = false;
    this.#field.select();
    this.#field.focus();
  }

  #hideForm() {
    this.#form.hidden = true;
    this.#heading.hidden = false;
  }

  #close() {
    this.#hideForm();
    byId("menu").querySelector("summary").focus();
  }
}
