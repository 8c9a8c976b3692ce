import { byId } from "./dom.js";

/** The form for writing and sending a message, and for stopping an answer. */
export class Composer {
  #field = byId("prompt");
  #send = byId("send");
  #stop = byId("stop");
  #busy = false;

  /** Creates a form that calls send(text), which resolves to whether it was accepted, and stop(). */
  constructor(send, stop) {
    const submit = async () => {
      const text = this.#field.value.trim();
      if (text && (await send(text)) && this.#field.value.trim() === text) {
        this.#field.value = "";
        this.#fit();
      }
      this.#field.focus();
    };
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !onPhone()) {
        event.preventDefault();
        submit();
      }
    });
    this.#field.addEventListener("input", () => this.#fit());
    this.#stop.addEventListener("click", () => {
      stop();
      this.#field.focus(); // the button is about to be hidden
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#busy && !document.querySelector("dialog[open]")) {
        stop();
      }
    });
  }

  /** Sets whether an answer is being written that can be stopped. */
  set busy(busy) {
    this.#busy = busy;
    this.#send.hidden = busy;
    this.#stop.hidden = !busy;
  }

  /** Focuses the text field, except on phones, where the keyboard would open. */
  focus() {
    if (!onPhone()) {
      this.#field.focus();
    }
  }

  /** Fits the height to the text, for browsers that cannot do so by CSS. */
  #fit() {
    if (!CSS.supports("field-sizing", "content")) {
      this.#field.style.height = "auto";
      this.#field.style.height = `${this.#field.scrollHeight + 2}px`;
    }
  }
}

/** Returns whether this is a phone, where the return key begins a new line. */
const onPhone = () => matchMedia("(pointer: coarse)").matches;
