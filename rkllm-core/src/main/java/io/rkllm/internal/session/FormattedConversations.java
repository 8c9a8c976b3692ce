package io.rkllm.internal.session;

import io.rkllm.FinishReason;
import io.rkllm.GenerationResult;
import io.rkllm.SessionOptions;
import io.rkllm.SessionOptions.CancelledTurns;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.input.Input;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.internal.check.Check;
import io.rkllm.internal.handle.FileTokenizer;
import io.rkllm.internal.run.Turn;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import io.rkllm.tokenizer.ModelTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Passes the whole conversation, rendered by a chat format, to each run, with {@code keep_history}
 * 0. The runtime reuses the prefix in its cache. Any number of sessions and stand-alone runs can be
 * interleaved.
 *
 * <p>If the model's file has a tokenizer, the conversation is passed as token ids. Their number is
 * known before the run, and they are those that the model was trained with, which is not always
 * true of the runtime's own.
 */
public final class FormattedConversations implements Conversations {
  private final ChatFormat format;
  private final PromptEncoder encoder;

  /**
   * @param tokenizer converts prompts to token ids; {@link FileTokenizer#NONE} to pass them as text
   */
  public FormattedConversations(ChatFormat format, FileTokenizer tokenizer) {
    this.format = format;
    this.encoder = new PromptEncoder(tokenizer);
  }

  @Override
  public Turn standalone(Input input) {
    return switch (input) {
      case TextPrompt prompt -> standalone(conversation(prompt));
      case RawPrompt raw -> model -> encoder.request(raw, model);
      default -> _ -> RunRequest.of(input);
    };
  }

  @Override
  public Turn standalone(Conversation conversation) {
    return model -> rendered(conversation, model);
  }

  private RunRequest rendered(Conversation conversation, NativeModel model) {
    return encoder.request(format.render(conversation), format.writesBeginToken(), model);
  }

  @Override
  public Turn forwardPass(Input input) {
    return encoder.forwardPass(input);
  }

  @Override
  public OptionalInt countTokens(Conversation conversation, Optional<ModelTokenizer> tokenizer) {
    String text = format.render(conversation);
    return tokenizer.stream()
        .mapToInt(own -> PromptEncoder.count(own, text, format.writesBeginToken()))
        .findFirst();
  }

  private static Conversation conversation(TextPrompt prompt) {
    ChatMessage message =
        prompt.role() == Role.TOOL
            ? new ChatMessage.ToolResult("", "", prompt.text())
            : new ChatMessage.User(prompt.text());
    return new Conversation(List.of(message), List.of(), prompt.thinking());
  }

  @Override
  public void refuseCacheLoss(String call) {}

  @Override
  public void refuseWithoutTemplate(String call) {
    throw new IllegalStateException(
        call
            + " applies to the runtime's own template, but this model was loaded with a chat"
            + " format, which renders system prompts and tools itself. Load it without one to use"
            + " it.");
  }

  @Override
  public History open(SessionOptions options) {
    return new Transcript(options);
  }

  /** A history as a list of messages, which is used only on the model's thread. */
  private final class Transcript implements History {
    private final SessionOptions options;
    private final List<ChatMessage> messages = new ArrayList<>();
    private final Clears clears = new Clears();
    private volatile List<ChatMessage> said; // the messages as visible to all threads

    Transcript(SessionOptions options) {
      this.options = options;
      this.said = options.history();
    }

    @Override
    public Turn next(Input input) {
      if (!(input instanceof TextPrompt prompt)) {
        throw new IllegalArgumentException(
            "a session with a chat format accepts only text, was given "
                + input.getClass().getSimpleName()
                + ". Load the model without a chat format to use other inputs in a session.");
      }
      return next(conversation(prompt));
    }

    @Override
    public Turn next(Conversation added) {
      int clearsBefore = clears.asked();
      return new Turn() {
        private @Nullable Conversation asked; // set by begin

        @Override
        public RunRequest begin(NativeModel model) {
          if (clears.isDue(clearsBefore)) {
            startOver(clearsBefore);
          }
          List<ChatMessage> all = new ArrayList<>(messages);
          all.addAll(added.messages());
          asked = added.withMessages(all);
          return rendered(asked, model);
        }

        @Override
        public boolean isStandalone() {
          return false;
        }

        @Override
        public void end(GenerationResult result) { // a failed turn leaves no trace
          if (asked != null) {
            keep(added.messages(), asked, result);
          }
        }
      };
    }

    private void startOver(int clearsBefore) {
      clears.done(clearsBefore);
      messages.clear();
      String systemPrompt = options.systemPrompt();
      if (systemPrompt != null) {
        messages.add(new ChatMessage.SystemPrompt(systemPrompt));
      }
      messages.addAll(options.history());
    }

    private void keep(List<ChatMessage> question, Conversation asked, GenerationResult result) {
      boolean cancelled =
          result.finishReason() == FinishReason.CANCELLED
              || result.finishReason() == FinishReason.MODEL_CLOSED;
      if (cancelled && options.cancelledTurns() == CancelledTurns.ROLL_BACK) {
        return;
      }
      ChatMessage answer =
          Check.nonNull("the return value of ChatFormat.read()", format.read(asked, result.text()));
      messages.addAll(question); // last, so that an exception cannot leave half a turn
      messages.add(answer);
      publish();
    }

    /** Publishes the messages, unless a clear was requested after this turn. */
    private synchronized void publish() {
      if (clears.allDone()) {
        int first = options.systemPrompt() == null ? 0 : 1;
        said = List.copyOf(messages.subList(first, messages.size()));
      }
    }

    @Override
    public List<ChatMessage> messages() {
      return said;
    }

    @Override
    public synchronized void clear() {
      clears.ask();
      said = options.history();
    }

    @Override
    public void close() {}
  }
}
