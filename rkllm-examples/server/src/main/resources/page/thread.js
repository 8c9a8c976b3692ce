import { isUnderWay, openCalls } from "./conversation.js";
import { byId } from "./dom.js";
import { MessageView } from "./message.js";

// The distance from the end within which the view follows the answer.
const NEAR_THE_END = 80;

/** The messages of the displayed conversation. */
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

  /** Displays the end of a conversation. */
  show(conversation) {
    this.#conversation = conversation;
    this.#views = [];
    this.#list.replaceChildren();
    this.refresh();
    this.goToEnd();
  }

  /** Updates the messages that were added, removed or edited. */
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
   * Updates the last message, at most once per frame, and less often if that takes long, so that
   * the page can be scrolled on slow machines.
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

  /** Returns whether there may be text that arrived during the pause and is not displayed. */
  #isOutdated() {
    const view = this.#views.at(-1);
    return view?.answer && !view.answer.isUpToDate();
  }

  #update(view) {
    if (view.answer) {
      view.update(openCalls(this.#conversation, view.message));
    }
  }

  /** Scrolls to the end and follows it while text arrives. */
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

  /** Returns whether an answer is being written in the displayed conversation. */
  get isBusy() {
    const last = this.#conversation.messages.at(-1);
    return last !== undefined && isUnderWay(last);
  }
}
