const PAUSE = 500; // milliseconds between looks at the text: looking at each token would cost much
const KEPT = 20; // what has been said long ago need not stay

const SENTENCE_END = /[.!?…](?=\s)|[。！？]|\n\n/g;

/**
 * Tells a screen reader what an answer says, a sentence at a time: word by word would be noise.
 * Code is only mentioned; it can be read where it stands.
 */
export class Announcer {
  #region;
  #told = 0; // characters of the answer
  #nextLook = 0;

  /** The region is polite: who is listening to something else is not interrupted. */
  constructor(region) {
    this.#region = region;
  }

  /** Says something at once. */
  say(text) {
    this.#region.append(Object.assign(document.createElement("p"), { textContent: text }));
    while (this.#region.childElementCount > KEPT) {
      this.#region.firstElementChild.remove();
    }
  }

  /** An answer begins. */
  begin() {
    this.#region.replaceChildren();
    this.#told = 0;
  }

  /** The answer so far: says the sentences that have been finished since. */
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

/** The length of its finished sentences; what ends inside of code waits for the end of that. */
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
