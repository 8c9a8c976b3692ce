import { byId } from "./dom.js";

// The share of the context above which the user is advised to drop messages.
const NEARLY_FULL = 0.75;

/** Displays how much of the model's context the conversation takes. */
export class ContextGauge {
  #line = byId("context");
  #meter = byId("context-meter");
  #words = byId("context-words");
  #drop = byId("drop-oldest");

  /** Creates a gauge that calls dropOldest(). */
  constructor(dropOldest) {
    this.#drop.addEventListener("click", dropOldest);
  }

  /** Displays the numbers, or hides the gauge if either is unknown. */
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
