import { button, element } from "./dom.js";
import { pretty } from "./tools.js";

/** A call as it stands: the name, and the arguments as they come. */
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

  /** Whether it shows all there is. */
  isUpToDate() {
    return this.#shown === this.#call.arguments;
  }
}

/** A form for the results of an answer's calls: the page has no tools of its own. */
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

/** A result that was given. */
export function resultView(message) {
  return element(
    "section",
    { class: "call", "aria-label": `Result of ${message.name}` },
    element("p", {}, "result of ", element("code", { class: "function" }, message.name)),
    element("pre", { tabindex: 0 }, element("code", {}, pretty(message.text))),
  );
}

/** A small button for below a message. */
export const action = (label, onclick) => button(label, onclick, { class: "action" });
