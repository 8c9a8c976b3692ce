package io.rkllm.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;

/** Observes an answer while it is generated, on the thread that runs the turn. */
interface AnswerListener {
  /** Ignores everything. */
  AnswerListener NONE =
      new AnswerListener() {
        @Override
        public void text(String text) {}

        @Override
        public void thinking(String text) {}

        @Override
        public void toolCall(int index, ToolExecutionRequest call) {}
      };

  /** Takes some of the answer's text. */
  void text(String text);

  /** Takes some of what the model thinks. */
  void thinking(String text);

  /** Takes a complete tool call; {@code index} counts the calls of the answer from 0. */
  void toolCall(int index, ToolExecutionRequest call);
}
