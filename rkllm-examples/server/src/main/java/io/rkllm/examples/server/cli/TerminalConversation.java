package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Interrupts;
import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.chat.AnswerEnd;

/** A conversation with a model, which keeps its messages. Used by one thread. */
interface TerminalConversation extends AutoCloseable {

  /** Creates the kind of conversation that the model supports. */
  static TerminalConversation with(RunningModel model, Terminal terminal, Interrupts interrupts) {
    boolean hasFormat = model.served().model().chatFormat().isPresent();
    boolean hasSystem = model.served().stored().modelfile().system() != null;
    return hasFormat || hasSystem
        ? new EngineConversation(model, terminal, interrupts)
        : new SessionConversation(model, terminal, interrupts);
  }

  /**
   * Prints the answer while it is generated.
   *
   * @throws RuntimeException if the answer fails, in which case the turn is not kept
   */
  AnswerEnd answer(String text, boolean thinking);

  /** Deletes all messages. */
  void clear();

  @Override
  void close();
}
