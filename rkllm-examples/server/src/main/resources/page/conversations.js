const CONVERSATION = "rkllm.conversation.";
const SETTINGS = "rkllm.settings";
const CURRENT = "rkllm.current";

/**
 * The conversations of this browser. They are kept in memory and in local storage, each under a
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

  /** Returns all conversations, most recently used first. */
  list() {
    return [...this.#all.values()].sort((a, b) => b.changed - a.changed);
  }

  /** Returns a conversation by its id, or undefined. */
  get(id) {
    return this.#all.get(id);
  }

  /** Stores a conversation. Throws if the storage is full; it is then in memory only. */
  save(conversation) {
    this.#all.set(conversation.id, conversation);
    localStorage.setItem(CONVERSATION + conversation.id, JSON.stringify(conversation));
  }

  /** Deletes a conversation. */
  remove(conversation) {
    this.#all.delete(conversation.id);
    localStorage.removeItem(CONVERSATION + conversation.id);
  }

  /** Returns the settings for a new conversation: those that were chosen last. */
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

  /** The id of the conversation displayed in this tab; other tabs may display others. */
  get current() {
    return sessionStorage.getItem(CURRENT);
  }

  set current(id) {
    sessionStorage.setItem(CURRENT, id);
  }
}

/** Marks an answer as ended that was in progress when the page was left. */
function endAnswer(message) {
  if (message.state === "waiting" || message.state === "running") {
    message.state = "stopped";
  }
}
