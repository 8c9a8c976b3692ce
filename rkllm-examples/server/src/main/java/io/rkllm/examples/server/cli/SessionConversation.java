package io.rkllm.examples.server.cli;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceSession;
import io.rkllm.LoraAdapter;
import io.rkllm.Token;
import io.rkllm.examples.chat.Interrupts;
import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.model.ServedModel;
import io.rkllm.input.TextPrompt;
import io.rkllm.tools.parser.ChatParser;
import io.rkllm.tools.parser.ParserOptions;
import java.time.Duration;

/** A conversation that is kept by the runtime, which wraps each message in its own template. */
final class SessionConversation implements TerminalConversation {
  private final InferenceSession session;
  private final GenerationOptions options;
  private final Terminal terminal;
  private final Interrupts interrupts;

  SessionConversation(RunningModel model, Terminal terminal, Interrupts interrupts) {
    ServedModel served = model.served();
    session = served.model().openSession();
    options = options(served);
    this.terminal = terminal;
    this.interrupts = interrupts;
  }

  private static GenerationOptions options(ServedModel served) {
    GenerationOptions.Builder options = GenerationOptions.builder();
    LoraAdapter lora = served.loras().values().stream().findFirst().orElse(null);
    if (lora != null) {
      options.lora(lora);
    }
    return options.build();
  }

  @Override
  public AnswerEnd answer(String text, boolean thinking) {
    TextPrompt prompt = TextPrompt.of(text).withThinking(thinking);
    ChatParser parser =
        new ChatParser(ParserOptions.defaults(), new PrintedAnswer(terminal)::print);
    Generation answer =
        interrupts.begin(() -> session.generate(prompt, options), Generation::cancel);
    try {
      for (Token token : answer) {
        parser.push(token.text());
      }
      parser.finish();
    } finally {
      interrupts.ended();
      answer.close();
    }
    return end(answer.await());
  }

  private static AnswerEnd end(GenerationResult result) {
    AnswerEnd.Reason reason =
        switch (result.finishReason()) {
          case STOP -> AnswerEnd.Reason.STOP;
          case LENGTH -> AnswerEnd.Reason.LENGTH;
          case CANCELLED, MODEL_CLOSED, PAUSED -> AnswerEnd.Reason.CANCELLED;
        };
    int promptTokens =
        result.stats().promptTokens().orElse(result.stats().prefillTokens().orElse(0));
    return new AnswerEnd(
        reason, promptTokens, result.stats().generatedTokens(), result.stats(), Duration.ZERO);
  }

  @Override
  public void clear() {
    session.clear();
  }

  @Override
  public void close() {
    session.close();
  }
}
