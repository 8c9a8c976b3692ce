const PAUSE = 500; // milliseconds between checks of the text; one per token would be slow
const KEPT = 20; // earlier announcements are removed

const SENTENCE_END = /[.!?…](?=\s)|[。！？]|\n\n/g;

/**
 * Announces an answer to screen readers one sentence at a time, since single words would be noise.
 * Code is only mentioned; it can be read in the message.
 */
export class Announcer {
  #region;
  #told = 0; // characters of the answer
  #nextLook = 0;

  /** Creates an announcer. Its live region is polite, so that other speech is not interrupted. */
  constructor(region) {
    this.#region = region;
  }

  /** Announces a text immediately. */
  say(text) {
    this.#region.append(Object.assign(document.createElement("p"), { textContent: text }));
    while (this.#region.childElementCount > KEPT) {
      this.#region.firstElementChild.remove();
    }
  }

  /** Begins an answer. */
  begin() {
    this.#region.replaceChildren();
    this.#told = 0;
  }

  /** Announces the sentences of the answer that were completed since the last call. */
  tell(text, complete) {
    if (!complete && performance.now() < this.#nextLook) {
      return;
    }
    this.#nextLook = performance.now() + PAUSE;
    const rest = text.slice(this.#told);
    const end = complete ? rest.length : finishedLength(rest);
    const words = spoken(rest.slice(0, end));
    this.#told += end;
    if (words) {
      this.say(words);
    }
  }
}

/** Returns the length of the complete sentences. An unclosed code block is not complete. */
function finishedLength(text) {
  let length = 0;
  for (const end of text.matchAll(SENTENCE_END)) {
    const upTo = end.index + end[0].length;
    if ((text.slice(0, upTo).match(/```/g) ?? []).length % 2 === 0) {
      length = upTo;
    }
  }
  return length;
}

function spoken(markdown) {
  return markdown
    .replace(/```[\s\S]*?(```|$)/g, " (code) ")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_`#|>]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
