import DOMPurify from "../webjars/dompurify.js";
import { Lexer, Marked } from "../webjars/marked.js";
import { CodeBlock } from "./code-block.js";
import { element } from "./dom.js";
import { mathExtensions, maskMath } from "./math.js";

// HTML in an answer is displayed as text, except for elements that Markdown cannot express.
const PLAIN_TAGS = /^<\/?(br|sub|sup|kbd)\s*\/?>$/i;

const marked = new Marked({
  gfm: true,
  renderer: {
    html({ text, block }) {
      if (PLAIN_TAGS.test(text.trim())) {
        return text;
      }
      return block ? `<p>${escaped(text)}</p>` : escaped(text);
    },
    // Nothing is loaded from other servers: the server of an image would learn about its readers.
    image({ href, text }) {
      const label = escaped(text || href);
      return `<a href="${escaped(href)}">image: ${label}</a>`;
    },
    // Two levels down: the page has a first-level heading, each message a second-level one.
    heading({ tokens, depth }) {
      const level = Math.min(depth + 2, 6);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
    checkbox({ checked }) {
      return checked ? "☑ " : "☐ ";
    },
  },
});

marked.use({ extensions: mathExtensions(escaped), hooks: { emStrongMask: maskMath } });

const CLEANING = {
  ALLOWED_TAGS: [
    ...["a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "kbd", "li"],
    ...["ol", "p", "pre", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"],
  ],
  ALLOWED_ATTR: ["align", "class", "href", "start"],
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  ADD_URI_SAFE_ATTR: ["align", "start"], // otherwise their values would have to be URIs
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  RETURN_DOM_FRAGMENT: true,
};

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.nodeName === "A" && node.hasAttribute("href")) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer");
  }
});

function escaped(text) {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/**
 * Displays Markdown that is still being written. Final blocks stay as they are; only
 * the last block is rendered again, so that text costs no more in a long answer than in a short one.
 */
export class MarkdownView {
  #root;
  #settled = 0; // characters of the source whose nodes are final
  #open = []; // nodes of the rest
  #openCode = null; // the rest, if it is a code block
  #links = {}; // the targets of [references]

  constructor(root) {
    this.#root = root;
  }

  /** Displays a source that begins with the source displayed before. */
  update(source, complete) {
    const lexer = new Lexer(marked.defaults);
    lexer.tokens.links = this.#links;
    const tokens = lexer.lex(source.slice(this.#settled));
    const last = complete ? tokens.length : lastBlock(tokens);
    let first = 0;
    if (tokens[0]?.type === "code" && this.#openCode?.info === tokens[0].lang) {
      this.#openCode.setText(tokens[0].text); // keeps its nodes, and thereby the user's selection
      if (last === 0) {
        return;
      }
      this.#openCode.highlight();
      this.#open = [];
      this.#settled += tokens[0].raw.length;
      first = 1;
    }
    this.#openCode = null;
    this.#open.forEach((node) => node.remove());
    for (const token of tokens.slice(first, last)) {
      this.#root.append(this.#render(token, true));
      this.#settled += token.raw.length;
    }
    const rest = tokens.slice(last);
    this.#open = rest.flatMap((token) => [...this.#render(token, false).childNodes]);
    this.#root.append(...this.#open);
    if (complete && Object.keys(this.#links).length > 0) {
      this.#renderAll(source); // earlier blocks may refer to a new definition
    }
  }

  #renderAll(source) {
    const lexer = new Lexer(marked.defaults);
    this.#root.replaceChildren(...lexer.lex(source).map((token) => this.#render(token, true)));
  }

  /** Returns the nodes of a block in a fragment. */
  #render(token, complete) {
    if (token.type === "code") {
      const block = new CodeBlock(token.lang, token.text);
      if (complete) {
        block.highlight();
      } else {
        this.#openCode = block;
      }
      const fragment = document.createDocumentFragment();
      fragment.append(block.element);
      return fragment;
    }
    const fragment = DOMPurify.sanitize(marked.parser([token]), CLEANING);
    for (const pre of fragment.querySelectorAll("pre")) {
      replaceByCodeBlock(pre, complete);
    }
    for (const table of fragment.querySelectorAll("table")) {
      // A wide table is scrolled separately, also by keyboard.
      const frame = { class: "table", tabindex: 0, role: "region", "aria-label": "Table" };
      const place = element("div", frame);
      table.replaceWith(place);
      place.append(table);
    }
    return fragment;
  }
}

/** Returns the start of the last block, the only one that further text can change. */
function lastBlock(tokens) {
  let last = tokens.length - 1;
  while (last > 0 && tokens[last].type === "space") {
    last--;
  }
  return Math.max(last, 0);
}

function replaceByCodeBlock(pre, complete) {
  const code = pre.querySelector("code") ?? pre;
  const language = /language-(\S+)/.exec(code.className)?.[1];
  const block = new CodeBlock(language, code.textContent.replace(/\n$/, ""));
  if (complete) {
    block.highlight();
  }
  pre.replaceWith(block.element);
}
