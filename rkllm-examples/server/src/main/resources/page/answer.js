import { chatCompletion, ServerError } from "./api.js";
import { requestOf } from "./conversation.js";

/**
 * An answer in progress. It is written into a message of its conversation, whether displayed or
 * not.
 */
export class Answer {
  #abort = new AbortController();
  #changed;
  #thinkingSince = 0;

  /** Creates an answer for a message of the conversation. Calls changed() after each piece. */
  constructor(conversation, message, changed) {
    this.conversation = conversation;
    this.message = message;
    this.#changed = changed;
  }

  /** Generates the answer. Resolves when it has ended in any way, with the error, if any. */
  async run() {
    const { message } = this;
    try {
      const body = requestOf(this.conversation);
      for await (const chunk of chatCompletion(body, this.#abort.signal)) {
        this.#take(chunk);
        this.#changed();
      }
      message.state = "done";
    } catch (e) {
      this.#endThinking();
      message.state = "stopped";
      if (!this.#abort.signal.aborted) {
        message.state = "failed";
        message.error = e instanceof ServerError || e.name === "Error" ? e.message : `The page failed: ${e}`;
        return e;
      }
    } finally {
      this.#changed();
    }
    return null;
  }

  /** Closes the connection, whereupon the server stops the NPU. */
  stop() {
    this.#abort.abort();
  }

  #take(chunk) {
    const { message } = this;
    const delta = chunk.choices?.[0]?.delta;
    if (delta) {
      this.#takeDelta(delta);
      message.finish = chunk.choices[0].finish_reason ?? message.finish;
    }
    if (chunk.timings) {
      message.perSecond = chunk.timings.predicted_per_second;
    }
    if (chunk.usage) {
      message.promptTokens = chunk.usage.prompt_tokens;
      message.newTokens = chunk.usage.completion_tokens;
    }
  }

  #takeDelta({ reasoning_content: thought, content, tool_calls: calls }) {
    const { message } = this;
    if (thought || content || calls) {
      message.state = "running"; // the first delta contains only the role
    }
    if (thought) {
      this.#thinkingSince ||= performance.now();
      message.thinking += thought;
    }
    if (content) {
      this.#endThinking();
      message.text += content.replaceAll("\r", "");
    }
    for (const call of calls ?? []) {
      this.#endThinking();
      this.#takeCall(call);
    }
  }

  #takeCall({ index, id, function: { name, arguments: json } }) {
    const { calls } = this.message;
    calls[index] ??= { id, name, arguments: "" };
    calls[index].arguments += json ?? "";
  }

  #endThinking() {
    if (this.#thinkingSince) {
      this.message.thinkingSeconds = (performance.now() - this.#thinkingSince) / 1000;
      this.#thinkingSince = 0;
    }
  }
}
