import DOMPurify from "../webjars/dompurify.js";
import { button, copy, element } from "./dom.js";

// Beyond this, colours are not worth the pause.
const MAX_HIGHLIGHTED = 60_000;

/** A block of code, with its language and a button that copies it. */
export class CodeBlock {
  #code = element("code", { tabindex: 0 }); // can be scrolled, so the keyboard must get there
  #text;
  #language;

  /** The info behind the fence begins with the language; undefined where there is no fence. */
  constructor(info, text) {
    this.info = info;
    this.#language = (info ?? "").trim().split(/\s/, 1)[0];
    this.#text = document.createTextNode(text);
    this.#code.append(this.#text);
    this.#code.setAttribute("aria-label", this.#language ? `Code, ${this.#language}` : "Code");
    this.#code.setAttribute("role", "region");
    this.element = element(
      "div",
      { class: "code-block" },
      element(
        "div",
        { class: "code-head" },
        element("span", {}, this.#language || "code"),
        button("Copy", (event) => copy(this.#code.textContent, event.target), {
          "aria-label": "Copy code",
        }),
      ),
      element("pre", {}, this.#code),
    );
  }

  /** Shows more of it, while it is being written. */
  setText(text) {
    if (text.startsWith(this.#text.data)) {
      this.#text.appendData(text.slice(this.#text.length));
    } else {
      this.#text.data = text;
    }
  }

  /** Colours it, once it is complete. */
  highlight() {
    const { hljs } = globalThis;
    const text = this.#text.data;
    if (hljs?.getLanguage(this.#language) && text.length <= MAX_HIGHLIGHTED) {
      const { value } = hljs.highlight(text, { language: this.#language, ignoreIllegals: true });
      const cleaning = { ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"], RETURN_DOM_FRAGMENT: true };
      this.#code.replaceChildren(DOMPurify.sanitize(value, cleaning));
    }
  }
}
