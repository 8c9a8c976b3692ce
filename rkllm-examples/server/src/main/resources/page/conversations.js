const CONVERSATION = "rkllm.conversation.";
const SETTINGS = "rkllm.settings";
const CURRENT = "rkllm.current";

/**
 * The conversations of this browser. They are in memory, and kept in its local storage, each under a
 * key of its own, so that tabs do not overwrite each other's.
 */
export class Conversations extends EventTarget {
  #all = new Map();

  constructor() {
    super();
    for (let i = 0; i < localStorage.length; i++) {
      this.#read(localStorage.key(i));
    }
    addEventListener("storage", (event) => this.#changedElsewhere(event));
  }

  #read(key) {
    if (key?.startsWith(CONVERSATION)) {
      try {
        const conversation = JSON.parse(localStorage.getItem(key));
        conversation.messages.forEach(endAnswer);
        this.#all.set(conversation.id, conversation);
      } catch {
        console.warn(`${key} cannot be read and is left out`);
      }
    }
  }

  #changedElsewhere({ key }) {
    if (key?.startsWith(CONVERSATION)) {
      this.#all.delete(key.slice(CONVERSATION.length));
      if (localStorage.getItem(key) !== null) {
        this.#read(key);
      }
      this.dispatchEvent(new CustomEvent("changed", { detail: key.slice(CONVERSATION.length) }));
    }
  }

  /** All of them, the one that was used last first. */
  list() {
    return [...this.#all.values()].sort((a, b) => b.changed - a.changed);
  }

  /** One of them, or undefined. */
  get(id) {
    return this.#all.get(id);
  }

  /** Keeps one. Throws if the browser has no room for it; in memory it is there all the same. */
  save(conversation) {
    this.#all.set(conversation.id, conversation);
    localStorage.setItem(CONVERSATION + conversation.id, JSON.stringify(conversation));
  }

  /** Forgets one. */
  remove(conversation) {
    this.#all.delete(conversation.id);
    localStorage.removeItem(CONVERSATION + conversation.id);
  }

  /** What a new conversation begins with: the settings that were chosen last. */
  get settings() {
    try {
      return JSON.parse(localStorage.getItem(SETTINGS)) ?? {};
    } catch {
      return {};
    }
  }

  set settings(settings) {
    localStorage.setItem(SETTINGS, JSON.stringify(settings));
  }

  /** The id of the one this tab shows; other tabs show others. */
  get current() {
    return sessionStorage.getItem(CURRENT);
  }

  set current(id) {
    sessionStorage.setItem(CURRENT, id);
  }
}

/** An answer that was under way when the page was left has ended there. */
function endAnswer(message) {
  if (message.state === "waiting" || message.state === "running") {
    message.state = "stopped";
  }
}
