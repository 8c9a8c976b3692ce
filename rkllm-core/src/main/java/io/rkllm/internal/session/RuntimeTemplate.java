package io.rkllm.internal.session;

import io.rkllm.SessionOptions;
import io.rkllm.SessionOptions.CancelledTurns;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.input.Input;
import io.rkllm.input.RawPrompt;
import io.rkllm.internal.check.NativeCodes;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.internal.run.Turn;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The runtime wraps each turn by its own template and keeps the history in the model's one KV cache
 * ({@code keep_history} 1). Hence one session at a time, and no other run beside it.
 */
public final class RuntimeTemplate implements Conversations {
  private static final String OTHER_WAY =
      " Close the session first, or load the model with a chat format"
          + " (RkllmModel.Builder.chatFormat), under which any number of sessions and stand-alone"
          + " runs go side by side.";

  private static final String STANDALONE = "a stand-alone run";

  private final ModelHandle handle;
  private final AtomicReference<@Nullable NativeHistory> open = new AtomicReference<>();

  public RuntimeTemplate(ModelHandle handle) {
    this.handle = handle;
  }

  @Override
  public Turn standalone(Input input) {
    refuseRaw(input);
    if (open.get() != null) {
      throw sessionConflict(STANDALONE);
    }
    return model -> {
      NativeHistory session = open.get(); // one may have been opened since
      if (session != null && session.hasBegun()) {
        throw sessionConflict(STANDALONE);
      }
      return RunRequest.of(input);
    };
  }

  @Override
  public Turn standalone(Conversation conversation) {
    throw needsChatFormat();
  }

  private static void refuseRaw(Input input) {
    if (input instanceof RawPrompt) {
      throw new IllegalArgumentException(
          "a raw prompt needs a model that was loaded with a chat format"
              + " (RkllmModel.Builder.chatFormat); the runtime's own template would wrap it");
    }
  }

  private static IllegalArgumentException needsChatFormat() {
    return new IllegalArgumentException(
        "a conversation of messages needs a model that was loaded with a chat format"
            + " (RkllmModel.Builder.chatFormat); the runtime's own template takes one prompt at a"
            + " time");
  }

  private static IllegalStateException sessionConflict(String what) {
    return new IllegalStateException(
        "a session is open, and under the runtime's own template "
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
              + " (RkllmModel.Builder.chatFormat); the runtime can only keep what it was told itself");
    }
    if (options.cancelledTurns() == CancelledTurns.ROLL_BACK) {
      throw new IllegalArgumentException(
          "cancelledTurns ROLL_BACK needs a model that was loaded with a chat format"
              + " (RkllmModel.Builder.chatFormat); the runtime cannot take a turn back out of its"
              + " history");
    }
    NativeHistory history = new NativeHistory();
    if (!open.compareAndSet(null, history)) {
      throw new IllegalStateException(
          "a session is open already, and under the runtime's own template there can be one at a"
              + " time."
              + OTHER_WAY);
    }
    return history;
  }

  /** A history in the KV cache. The first turn after the beginning or a clear empties the cache. */
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
          "the runtime keeps the history of this session and does not give it out; load the model"
              + " with a chat format (RkllmModel.Builder.chatFormat) to have it");
    }

    /** On the model's thread: whether the cache holds something of this history. */
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
      open.compareAndSet(this, null);
    }
  }
}
