import { isUnderWay, openCalls } from "./conversation.js";
import { byId } from "./dom.js";
import { MessageView } from "./message.js";

// Closer to the end than this, a reader is following the answer and wants to see more of it.
const NEAR_THE_END = 80;

/** The messages of the conversation that is shown. */
export class Thread {
  #scroller = byId("thread");
  #list = byId("messages");
  #toEnd = byId("to-end");
  #actions;
  #views = [];
  #conversation = null;
  #frameAsked = false;
  #follow = true;

  constructor(actions) {
    this.#actions = actions;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#toEnd.addEventListener("click", () => this.goToEnd());
  }

  /** Shows a conversation from its end. */
  show(conversation) {
    this.#conversation = conversation;
    this.#views = [];
    this.#list.replaceChildren();
    this.refresh();
    this.goToEnd();
  }

  /** Messages were added, taken out or edited: makes anew what has changed, and only that. */
  refresh(edited = null) {
    const { messages } = this.#conversation;
    const kept = this.#views.findIndex(
      (view, i) => view.message !== messages[i] || view.message === edited,
    );
    const from = kept < 0 ? this.#views.length : kept;
    this.#views.splice(from).forEach((view) => view.element.remove());
    for (const message of messages.slice(from)) {
      const view = new MessageView(message, this.#actions);
      this.#views.push(view);
      this.#list.append(view.element);
    }
    this.#views.forEach((view) => this.#update(view));
    this.#keepAtEnd();
  }

  /**
   * The last message has changed. It is shown once a frame at most, and rarer where it takes long:
   * a slow machine shall still scroll.
   */
  lastChanged() {
    if (!this.#frameAsked) {
      this.#frameAsked = true;
      requestAnimationFrame(() => this.#frame());
    }
  }

  #frame() {
    const begin = performance.now();
    this.#views.slice(-1).forEach((view) => this.#update(view));
    this.#keepAtEnd();
    const pause = 3 * (performance.now() - begin);
    setTimeout(() => {
      this.#frameAsked = false;
      if (this.#isOutdated()) {
        this.lastChanged();
      }
    }, pause);
  }

  /** Whether something may have come during the pause that is not shown. */
  #isOutdated() {
    const view = this.#views.at(-1);
    return view?.answer && !view.answer.isUpToDate();
  }

  #update(view) {
    if (view.answer) {
      view.update(openCalls(this.#conversation, view.message));
    }
  }

  /** Shows the end, and stays there while more comes. */
  goToEnd() {
    this.#follow = true;
    this.#keepAtEnd();
  }

  #keepAtEnd() {
    if (this.#follow) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
    }
    this.#scrolled();
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#follow = scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
    this.#toEnd.hidden = this.#follow;
  }

  /** Whether an answer is being written in what is shown. */
  get isBusy() {
    const last = this.#conversation.messages.at(-1);
    return last !== undefined && isUnderWay(last);
  }
}
