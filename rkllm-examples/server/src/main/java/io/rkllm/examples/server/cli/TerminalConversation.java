package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Interrupts;
import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.chat.AnswerEnd;

/** A conversation with a model; it remembers what was said. Used by one thread. */
interface TerminalConversation extends AutoCloseable {

  /** The one that suits the model. */
  static TerminalConversation with(RunningModel model, Terminal terminal, Interrupts interrupts) {
    boolean hasFormat = model.served().model().chatFormat().isPresent();
    boolean hasSystem = model.served().stored().modelfile().system() != null;
    return hasFormat || hasSystem
        ? new EngineConversation(model, terminal, interrupts)
        : new SessionConversation(model, terminal, interrupts);
  }

  /**
   * Prints the answer while it comes.
   *
   * @throws RuntimeException if it fails; then nothing of it is remembered
   */
  AnswerEnd answer(String text, boolean thinking);

  /** Forgets what was said. */
  void clear();

  @Override
  void close();
}
