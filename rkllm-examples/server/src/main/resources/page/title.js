import { byId } from "./dom.js";

/** The name of the conversation, and the form for changing it in place. */
export class TitleForm {
  #heading = byId("title");
  #form = byId("rename-form");
  #field = byId("new-title");
  #shown = null;

  /** Creates a title that calls rename(name). */
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
        event.stopPropagation(); // Escape would also stop the answer
        this.#close();
      }
    });
  }

  /** Displays a conversation's name. */
  show(conversation) {
    if (conversation !== this.#shown) {
      this.#shown = conversation;
      this.#hideForm(); // it belonged to another conversation
    }
    this.#heading.textContent = conversation.title;
    document.title = `${conversation.title} – rkllm`;
  }

  /** Opens the form for changing the name. */
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
