import DOMPurify from "../webjars/dompurify.js";
import { button, copy, element } from "./dom.js";

// The maximum length of code that is highlighted; longer code would cause a noticeable pause.
const MAX_HIGHLIGHTED = 60_000;

/** A block of code, with its language and a button for copying it. */
export class CodeBlock {
  #code = element("code", { tabindex: 0 }); // can be scrolled, so it must be reachable by keyboard
  #text;
  #language;

  /** Creates a block. The info string begins with the language; undefined without a fence. */
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

  /** Displays more of the code while it is being written. */
  setText(text) {
    if (text.startsWith(this.#text.data)) {
      this.#text.appendData(text.slice(this.#text.length));
    } else {
      this.#text.data = text;
    }
  }

  /** Highlights the code once it is complete. */
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
