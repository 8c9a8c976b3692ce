import { byId } from "./dom.js";

// From this share of the context on, it is time to drop something.
const NEARLY_FULL = 0.75;

/** Says how much of the model's context the conversation takes. */
export class ContextGauge {
  #line = byId("context");
  #meter = byId("context-meter");
  #words = byId("context-words");
  #drop = byId("drop-oldest");

  /** Calls dropOldest(). */
  constructor(dropOldest) {
    this.#drop.addEventListener("click", dropOldest);
  }

  /** Shows it; hidden where either number is unknown. */
  show(tokens, length, canDrop) {
    this.#line.hidden = tokens === 0 || length === 0;
    this.#meter.max = length;
    this.#meter.high = length * NEARLY_FULL;
    this.#meter.value = tokens;
    const figures = `${tokens.toLocaleString("en")} of ${length.toLocaleString("en")} tokens of context`;
    this.#words.textContent = figures;
    this.#drop.hidden = !canDrop || tokens < length * NEARLY_FULL;
  }
}
