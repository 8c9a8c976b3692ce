import { byId } from "./dom.js";

/** Where a message is written and sent, and an answer stopped. */
export class Composer {
  #field = byId("prompt");
  #send = byId("send");
  #stop = byId("stop");
  #busy = false;

  /** Calls send(text), which says in the end whether it has taken it, and stop(). */
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
      this.#field.focus(); // the button goes away
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#busy && !document.querySelector("dialog[open]")) {
        stop();
      }
    });
  }

  /** Whether an answer is being written, which can be stopped. */
  set busy(busy) {
    this.#busy = busy;
    this.#send.hidden = busy;
    this.#stop.hidden = !busy;
  }

  /** Puts the cursor there; not on a phone, where a keyboard would come up. */
  focus() {
    if (!onPhone()) {
      this.#field.focus();
    }
  }

  /** As high as its text, for browsers that cannot do it by style. */
  #fit() {
    if (!CSS.supports("field-sizing", "content")) {
      this.#field.style.height = "auto";
      this.#field.style.height = `${this.#field.scrollHeight + 2}px`;
    }
  }
}

/** There, the return key of the keyboard begins a line, as everywhere on a phone. */
const onPhone = () => matchMedia("(pointer: coarse)").matches;
