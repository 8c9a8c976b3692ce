import { isUnderWay, versionCount } from "./conversation.js";
import { button, copy, element } from "./dom.js";
import { MarkdownView } from "./markdown.js";
import { action, resultsForm, resultView, ToolCallView } from "./tool-calls.js";

/**
 * A displayed message. The actions of its buttons are edit(message, text),
 * regenerate(message), remove(message), version(message, index), sendResults(message, texts).
 */
export class MessageView {
  #actions;
  #body = element("div", { class: "body" });
  #below = element("div", { class: "below" });
  #openCalls = 0;
  #editing = false;

  constructor(message, actions) {
    this.message = message;
    this.#actions = actions;
    const heading = element("h2", { id: `who-${message.id}` }, who(message));
    this.element = element(
      "li",
      { class: `message ${message.role}` },
      element("article", { "aria-labelledby": heading.id }, heading, this.#body, this.#below),
    );
    this.#show();
  }

  #show() {
    this.#editing = false;
    if (this.message.role === "assistant") {
      this.answer = new AnswerView(this.message, this.#body);
      this.update([]);
    } else {
      this.#body.replaceChildren(
        this.message.role === "tool" ? resultView(this.message) : this.message.text,
      );
      this.#showBelow();
    }
  }

  /** Updates a changed answer. Its open calls are those that wait for a result. */
  update(openCalls) {
    if (this.#editing) {
      return;
    }
    this.answer.update();
    if (isUnderWay(this.message)) {
      this.#below.replaceChildren();
    } else if (this.#openCalls !== openCalls.length || !this.#below.hasChildNodes()) {
      this.#openCalls = openCalls.length; // otherwise a result that is being typed would be lost
      this.#showBelow(openCalls);
    }
  }

  #showBelow(openCalls = []) {
    const { message } = this;
    const buttons = element("div", { class: "actions" });
    if (message.text) {
      buttons.append(action("Copy", (event) => copy(message.text, event.target)));
    }
    buttons.append(action("Edit", () => this.#edit()));
    if (message.role === "assistant") {
      const again = message.state === "failed" ? "Try again" : "Regenerate";
      buttons.append(action(again, () => this.#actions.regenerate(message)));
    }
    buttons.append(action("Delete", () => this.#actions.remove(message)));
    const versions = this.#versions();
    this.#below.replaceChildren();
    if (openCalls.length > 0) {
      const send = (texts) => this.#actions.sendResults(message, texts);
      this.#below.append(resultsForm(openCalls, send));
    }
    this.#below.append(element("p", { class: "figures" }, figures(message)), ...versions, buttons);
  }

  /** Returns the selector of an answer's versions, if there are several. */
  #versions() {
    const { message } = this;
    const count = versionCount(message);
    if (count < 2) {
      return [];
    }
    const { version } = message;
    const go = (label, name, to) =>
      button(label, () => this.#actions.version(message, to), {
        class: "action",
        "aria-label": name,
        disabled: to < 0 || to >= count,
      });
    return [
      element(
        "div",
        { class: "versions", role: "group", "aria-label": "Versions" },
        go("‹", "Earlier version", version - 1),
        element("span", {}, `${version + 1} of ${count}`),
        go("›", "Later version", version + 1),
      ),
    ];
  }

  #edit() {
    const { message } = this;
    this.#editing = true;
    const field = element("textarea", { rows: 3, "aria-label": "Text of the message" });
    field.value = message.text;
    const close = () => {
      this.#show();
      this.#below.querySelector(".action")?.focus();
    };
    const form = element(
      "form",
      { class: "edit" },
      field,
      element(
        "div",
        { class: "buttons" },
        action("Cancel", close),
        element("button", { type: "submit", class: "main" }, saveLabel(message)),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (field.value.trim()) {
        this.#actions.edit(message, field.value);
      }
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation(); // Escape would also stop the answer
        close();
      }
    });
    this.#body.replaceChildren(form);
    this.#below.replaceChildren();
    field.focus();
  }
}

const saveLabel = (message) => (message.role === "assistant" ? "Save" : "Save and ask again");

function who(message) {
  return { user: "You", tool: "Tool", assistant: message.model || "Answer" }[message.role];
}

/** Returns the statistics of an answer as text. */
function figures({ role, state, finish, promptTokens, newTokens, perSecond }) {
  if (role !== "assistant") {
    return "";
  }
  const parts = [];
  if (newTokens != null) {
    parts.push(`${newTokens} tokens after a prompt of ${promptTokens}`);
  }
  if (perSecond > 0 && Number.isFinite(perSecond)) {
    parts.push(`${perSecond.toFixed(perSecond < 100 ? 1 : 0)} tokens a second`);
  }
  if (state === "stopped") {
    parts.push("stopped");
  } else if (finish === "length") {
    parts.push("cut off at the token limit");
  }
  return parts.join(" · ");
}

/** The thinking, text and tool calls of the model while they are generated. */
class AnswerView {
  #message;
  #thought = element("div", { class: "thought" });
  #summary = element("summary", {}, "Thought");
  #thinking = element("details", { class: "thinking", hidden: true }, this.#summary, this.#thought);
  #text = element("div", { class: "text" });
  #markdown = new MarkdownView(this.#text);
  #shown = "";
  #ended = false;
  #state = "";
  #thoughtShown = 0;
  #calls = [];
  #callList = element("div", { class: "calls" });
  #waiting = element("p", { class: "waiting" }, "Waiting for the model");
  #failure = element("p", { class: "failure", role: "alert", hidden: true });

  constructor(message, root) {
    this.#message = message;
    root.replaceChildren(this.#thinking, this.#text, this.#callList, this.#waiting, this.#failure);
  }

  update() {
    const { state, error, text } = this.#message;
    this.#showThinking();
    this.#state = state;
    const ended = !isUnderWay(this.#message);
    if (text !== this.#shown || ended !== this.#ended) {
      this.#markdown.update(text, ended);
      this.#shown = text;
      this.#ended = ended;
    }
    this.#showCalls();
    this.#text.setAttribute("aria-busy", !ended);
    this.#waiting.hidden = state !== "waiting";
    this.#failure.hidden = !error;
    this.#failure.textContent = error ?? "";
  }

  /** Returns whether the whole answer is displayed. */
  isUpToDate() {
    const { text, thinking, state, calls } = this.#message;
    return (
      text.length === this.#shown.length &&
      thinking.length === this.#thoughtShown &&
      state === this.#state &&
      calls.length === this.#calls.length &&
      this.#calls.every((view) => view.isUpToDate())
    );
  }

  #showThinking() {
    const { thinking, text, calls, thinkingSeconds } = this.#message;
    if (!thinking) {
      return;
    }
    this.#thinking.hidden = false;
    if (thinking.length > this.#thoughtShown) {
      this.#thought.append(thinking.slice(this.#thoughtShown)); // text is only ever appended
      this.#thoughtShown = thinking.length;
    }
    const goingOn = isUnderWay(this.#message) && !text && calls.length === 0;
    this.#thinking.classList.toggle("going-on", goingOn);
    const seconds = thinkingSeconds ? ` for ${Math.max(1, Math.round(thinkingSeconds))} s` : "";
    this.#summary.textContent = goingOn ? "Thinking" : "Thought" + seconds;
  }

  #showCalls() {
    this.#message.calls.forEach((call, i) => {
      if (this.#calls[i]) {
        this.#calls[i].update();
      } else {
        this.#calls[i] = new ToolCallView(call);
        this.#callList.append(this.#calls[i].element);
      }
    });
  }
}
