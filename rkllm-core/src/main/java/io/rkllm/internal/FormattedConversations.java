package io.rkllm.internal;

import io.rkllm.FinishReason;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.SessionOptions;
import io.rkllm.SessionOptions.CancelledTurns;
import io.rkllm.input.ChatFormat;
import io.rkllm.input.ChatMessage;
import io.rkllm.input.Conversation;
import io.rkllm.input.Input;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Each run gets its conversation whole, rendered by a chat format, with {@code keep_history} 0; the
 * runtime reuses the prefix it has in its cache. Any number of sessions and stand-alone runs
 * interleave.
 */
final class FormattedConversations implements Conversations {
  private final ChatFormat format;

  FormattedConversations(ChatFormat format) {
    this.format = format;
  }

  @Override
  public Turn standAlone(Input input, GenerationOptions options) {
    return switch (input) {
      case TextPrompt prompt -> new Transcript(SessionOptions.defaults()).next(prompt, options);
      default -> model -> RunRequest.of(input);
    };
  }

  @Override
  public History open(SessionOptions options) {
    return new Transcript(options);
  }

  /** A history as a list of messages, used on the model's thread alone. */
  private final class Transcript implements History {
    private final SessionOptions options;
    private final List<ChatMessage> messages = new ArrayList<>();
    private volatile int clears;
    private int clearsDone = -1; // used on the model's thread

    Transcript(SessionOptions options) {
      this.options = options;
    }

    @Override
    public Turn next(TextPrompt prompt, GenerationOptions options) {
      int clearsBefore = clears;
      ChatMessage question = new ChatMessage(prompt.role(), prompt.text());
      return new Turn() {
        @Override
        public RunRequest begin(NativeModel model) {
          if (clearsDone < clearsBefore) {
            startOver();
            clearsDone = clearsBefore;
          }
          List<ChatMessage> all = new ArrayList<>(messages);
          all.add(question);
          String rendered = format.render(new Conversation(all, prompt.thinking()));
          return RunRequest.of(TextPrompt.of(rendered));
        }

        @Override
        public void end(@Nullable GenerationResult result) {
          remember(question, result);
        }
      };
    }

    private void startOver() {
      messages.clear();
      String systemPrompt = options.systemPrompt();
      if (systemPrompt != null) {
        messages.add(new ChatMessage(Role.SYSTEM, systemPrompt));
      }
    }

    private void remember(ChatMessage question, @Nullable GenerationResult result) {
      if (result == null) {
        return; // a failed turn leaves no trace
      }
      boolean cancelled = result.finishReason() == FinishReason.CANCELLED;
      if (cancelled && options.cancelledTurns() == CancelledTurns.ROLL_BACK) {
        return;
      }
      messages.add(question);
      messages.add(new ChatMessage(Role.ASSISTANT, result.text()));
    }

    @Override
    public synchronized void clear() {
      clears++;
    }

    @Override
    public void close() {}
  }
}
