package io.rkllm.internal.session;

import io.rkllm.SessionOptions;
import io.rkllm.SessionOptions.CancelledTurns;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.input.Input;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.TextPrompt;
import io.rkllm.internal.check.NativeCodes;
import io.rkllm.internal.handle.FileTokenizer;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.internal.run.Turn;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import io.rkllm.tokenizer.ModelTokenizer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Lets the runtime apply its template to each turn and keep the history in the model's only KV
 * cache ({@code keep_history} 1). Therefore only one session can be open, and no other run can be
 * interleaved with it.
 */
public final class RuntimeTemplate implements Conversations {
  private static final String OTHER_WAY =
      " Close the session first, or load the model with a chat format"
          + " (RkllmModel.Builder.chatFormat), which allows any number of sessions and stand-alone"
          + " runs.";

  private static final String STANDALONE = "a stand-alone run";

  private final ModelHandle handle;
  private final FileTokenizer tokenizer;
  private final PromptEncoder encoder;
  private final AtomicReference<@Nullable NativeHistory> open = new AtomicReference<>();

  /**
   * @param tokenizer converts text to token ids where the template is off and the runtime would
   *     split it wrongly; {@link FileTokenizer#NONE} to pass it as text
   */
  public RuntimeTemplate(ModelHandle handle, FileTokenizer tokenizer) {
    this.handle = handle;
    this.tokenizer = tokenizer;
    this.encoder = new PromptEncoder(tokenizer);
  }

  @Override
  public Turn standalone(Input input) {
    refuseRaw(input);
    if (open.get() != null) {
      throw sessionConflict(STANDALONE);
    }
    return model -> {
      NativeHistory session = open.get(); // one may have been opened in the meantime
      if (session != null && session.hasBegun()) {
        throw sessionConflict(STANDALONE);
      }
      return input instanceof TextPrompt prompt && needsTokenIds()
          ? encoder.request(prompt.text(), /* begun= */ false, model)
          : RunRequest.of(input);
    };
  }

  @Override
  public Turn forwardPass(Input input) {
    refuseRaw(input);
    Turn unchanged = encoder.forwardPass(input);
    return model -> needsTokenIds() ? unchanged.begin(model) : RunRequest.of(input);
  }

  /** Returns whether the runtime would split a text wrongly to which it applies no template. */
  private boolean needsTokenIds() {
    return handle.hasBlankTemplate() && !tokenizer.agreesWithRuntime();
  }

  @Override
  public Turn standalone(Conversation conversation) {
    throw needsChatFormat();
  }

  @Override
  public OptionalInt countTokens(Conversation conversation, Optional<ModelTokenizer> tokenizer) {
    throw needsChatFormat();
  }

  private static void refuseRaw(Input input) {
    if (input instanceof RawPrompt) {
      throw new IllegalArgumentException(
          "a raw prompt needs a model that was loaded with a chat format"
              + " (RkllmModel.Builder.chatFormat); the runtime would apply its own template to it");
    }
  }

  private static IllegalArgumentException needsChatFormat() {
    return new IllegalArgumentException(
        "a conversation of messages needs a model that was loaded with a chat format"
            + " (RkllmModel.Builder.chatFormat); the runtime's own template accepts one prompt at a"
            + " time");
  }

  private static IllegalStateException sessionConflict(String what) {
    return new IllegalStateException(
        "a session is open, and with the runtime's own template "
            + what
            + " would overwrite its history."
            + OTHER_WAY);
  }

  @Override
  public void refuseCacheLoss(String call) {
    if (open.get() != null) {
      throw sessionConflict(call);
    }
  }

  @Override
  public void refuseWithoutTemplate(String call) {}

  @Override
  public History open(SessionOptions options) {
    if (options.systemPrompt() != null) {
      throw new IllegalArgumentException(
          "systemPrompt of a session needs a model that was loaded with a chat format"
              + " (RkllmModel.Builder.chatFormat)");
    }
    if (!options.history().isEmpty()) {
      throw new IllegalArgumentException(
          "history of a session needs a model that was loaded with a chat format"
              + " (RkllmModel.Builder.chatFormat); the runtime keeps only turns that it has"
              + " processed");
    }
    if (options.cancelledTurns() == CancelledTurns.ROLL_BACK) {
      throw new IllegalArgumentException(
          "cancelledTurns ROLL_BACK needs a model that was loaded with a chat format"
              + " (RkllmModel.Builder.chatFormat); the runtime cannot remove a turn from its"
              + " history");
    }
    NativeHistory history = new NativeHistory();
    if (!open.compareAndSet(null, history)) {
      throw new IllegalStateException(
          "a session is already open, and with the runtime's own template there can be only one at"
              + " a time."
              + OTHER_WAY);
    }
    return history;
  }

  /**
   * A history in the KV cache. The first turn, and the first one after a clear, empties the cache.
   */
  private final class NativeHistory implements History {
    private final Clears clears = new Clears();

    @Override
    public Turn next(Input input) {
      refuseRaw(input);
      int clearsBefore = clears.asked();
      return new Turn() {
        @Override
        public RunRequest begin(NativeModel model) {
          if (open.get() != NativeHistory.this) {
            throw new IllegalStateException(
                "the session was closed before this turn began; open another");
          }
          if (clears.isDue(clearsBefore)) {
            clearCache();
            clears.done(clearsBefore);
          }
          return RunRequest.of(input).toBuilder().keepHistory(true).build();
        }

        @Override
        public boolean isStandalone() {
          return false;
        }

        @Override
        public boolean keptByRuntime() {
          return true;
        }
      };
    }

    @Override
    public Turn next(Conversation added) {
      throw needsChatFormat();
    }

    @Override
    public List<ChatMessage> messages() {
      throw new IllegalStateException(
          "the runtime keeps the history of this session and does not expose it; load the model"
              + " with a chat format (RkllmModel.Builder.chatFormat) to read it");
    }

    /** Returns whether the cache holds part of this history. Called on the model's thread. */
    boolean hasBegun() {
      return clears.anyDone();
    }

    private void clearCache() {
      NativeCodes.check(
          "rkllm_clear_kv_cache",
          handle.clearKvCache(true),
          "the KV cache could not be cleared for a new conversation");
    }

    @Override
    public void clear() {
      clears.ask();
    }

    @Override
    public void close() {
      open.set(null); // no other session can be open
    }
  }
}
