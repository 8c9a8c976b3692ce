import { button, element } from "./dom.js";
import { pretty } from "./tools.js";

/** A tool call in progress: the name, and the arguments received so far. */
export class ToolCallView {
  #arguments = element("code");
  #call;
  #shown;

  constructor(call) {
    this.#call = call;
    this.element = element(
      "section",
      { class: "call", "aria-label": `Call of ${call.name}` },
      element("p", {}, "calls ", element("code", { class: "function" }, call.name)),
      element("pre", { tabindex: 0 }, this.#arguments),
    );
    this.update();
  }

  update() {
    this.#shown = this.#call.arguments;
    this.#arguments.textContent = pretty(this.#shown || "{}");
  }

  /** Returns whether the whole call is displayed. */
  isUpToDate() {
    return this.#shown === this.#call.arguments;
  }
}

/** Creates a form for the results of an answer's calls, since the page has no tools itself. */
export function resultsForm(calls, send) {
  const fields = calls.map((call) =>
    element("textarea", {
      id: `result-${call.id}`,
      class: "code",
      rows: 2,
      required: true,
      placeholder: '{"…": "…"}',
    }),
  );
  const form = element(
    "form",
    { class: "results", "aria-label": "Results of the calls" },
    ...calls.flatMap((call, i) => [
      element("label", { for: fields[i].id }, `Result of ${call.name}`),
      fields[i],
    ]),
    element("button", { type: "submit", class: "main" }, calls.length > 1 ? "Send results" : "Send result"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(fields.map((field) => field.value));
  });
  return form;
}

/** Creates the display of a tool's result. */
export function resultView(message) {
  return element(
    "section",
    { class: "call", "aria-label": `Result of ${message.name}` },
    element("p", {}, "result of ", element("code", { class: "function" }, message.name)),
    element("pre", { tabindex: 0 }, element("code", {}, pretty(message.text))),
  );
}

/** Creates a small button for the line below a message. */
export const action = (label, onclick) => button(label, onclick, { class: "action" });
