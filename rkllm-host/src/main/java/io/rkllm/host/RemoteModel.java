package io.rkllm.host;

import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.ModelLostException;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model in another process. If that process ends, the call in progress fails, and the next one
 * loads the model into a new process, with everything that was attached to it.
 *
 * <pre>
 *              the process has ended, or was ended because it hung
 *          ┌───────────────────────────────────────────────┐
 *          │                                               ▼
 *         UP ◀──────────── loaded again, by the next ──── DOWN ──────────▶ LOST for good
 *                          call that needs native code           ended too often
 * </pre>
 */
final class RemoteModel implements NativeModel {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  /** Longer than any call takes but a run, which has its own limits, and a load. */
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(60);

  private static final Duration DESTROY_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration SHORTEST_LOAD_TIMEOUT = Duration.ofSeconds(60);
  private static final int LOAD_TIMEOUT_FACTOR = 5;
  private static final Duration ABORT_INTERVAL = Duration.ofMillis(5);

  private final RemoteRuntime runtime;
  private final ModelConfig config;
  private final HostOptions options;
  private final Duration loadTimeout;
  private volatile RemoteRuntime.Loaded loaded;

  /**
   * The attachments of the model, in order. Used only by the model's thread, like the next four
   * fields.
   */
  private final Map<String, ToHost.Call> attached = new LinkedHashMap<>();

  private final Deque<Long> restarts = new ArrayDeque<>(); // their times
  private int lastRun;
  private boolean cacheIsLost; // since the last clear
  private @Nullable Connection pausedIn;

  private volatile int running; // the number of the run in progress, or 0
  private volatile boolean stopped; // the run was aborted, perhaps before it was sent
  private volatile long abortSentAt;
  private volatile int watched; // the number of the last run whose stop is watched

  RemoteModel(
      RemoteRuntime runtime, ModelConfig config, HostOptions options, RemoteRuntime.Loaded loaded) {
    this.runtime = runtime;
    this.config = config;
    this.options = options;
    this.loaded = loaded;
    Duration timeout = loaded.time().multipliedBy(LOAD_TIMEOUT_FACTOR);
    this.loadTimeout =
        timeout.compareTo(SHORTEST_LOAD_TIMEOUT) > 0 ? timeout : SHORTEST_LOAD_TIMEOUT;
  }

  // ---- The process

  /**
   * Returns the connection to the process, which is replaced if it has ended.
   *
   * @throws ModelLostException if it has ended too often, or the model cannot be loaded again
   */
  private Connection connection() {
    Connection current = loaded.connection();
    if (current.isUp()) {
      return current;
    }
    String reason = current.down().getNow("its process has ended");
    countRestart(reason);
    LOG.warn("{}: loading the model again, because {}", config.path().getFileName(), reason);
    cacheIsLost = true;
    RemoteRuntime.Loaded replacement;
    try {
      replacement = runtime.loadInto(config, loadTimeout);
    } catch (RkllmException e) {
      throw new ModelLostException(
          reason + "; and the model could not be loaded again: " + e.getMessage(), false, e);
    }
    try {
      attachAll(replacement.connection());
    } catch (Throwable thrown) {
      replacement.connection().close();
      throw thrown;
    }
    loaded = replacement;
    LOG.info(
        "{}: loaded again in {} ms", config.path().getFileName(), replacement.time().toMillis());
    return replacement.connection();
  }

  private void countRestart(String reason) {
    long now = System.nanoTime();
    while (!restarts.isEmpty() && now - restarts.getFirst() > options.period().toNanos()) {
      restarts.removeFirst();
    }
    if (restarts.size() >= options.restarts()) {
      throw new ModelLostException(
          "the model was loaded again %d times within %s, and its process has ended once more (%s); the model is closed. Load it anew when the cause is removed."
              .formatted(restarts.size(), options.period(), reason),
          true,
          null);
    }
    restarts.addLast(now);
  }

  private void attachAll(Connection to) {
    attached.forEach(
        (what, call) -> {
          int code = to.callUninterrupted(call, CALL_TIMEOUT, FromHost.Returned.class).code();
          if (code != 0) {
            throw new ModelLostException(
                "the model was loaded again, but its %s could not be set again (code %d)"
                    .formatted(what, code),
                false,
                null);
          }
        });
  }

  private int call(ToHost.Call call) {
    return connection().callUninterrupted(call, CALL_TIMEOUT, FromHost.Returned.class).code();
  }

  private int attach(String what, ToHost.Call call) {
    int code = call(call);
    if (code == 0) {
      attached.remove(what);
      attached.put(what, call);
    }
    return code;
  }

  // ---- Runs

  @Override
  public int run(RunRequest request, RunObserver observer) {
    try {
      Connection current = connection();
      refuseLostState(request, current);
      int number = ++lastRun;
      running = number;
      if (stopped) {
        return 0; // while the model was loaded again
      }
      FromHost.Returned returned = current.run(number, request, observer);
      pausedIn = returned.paused() ? current : null;
      return returned.code();
    } finally {
      running = 0;
      stopped = false;
    }
  }

  /** Rejects a run that continues what was in the memory of a process that has ended. */
  private void refuseLostState(RunRequest request, Connection current) {
    boolean resumes = pausedIn != null;
    boolean lost = resumes ? pausedIn != current : cacheIsLost && request.keepHistory();
    if (lost) {
      pausedIn = null;
      throw new ModelLostException(
          resumes
              ? "the paused generation was lost with the process of the model; generate it again"
              : "the history of this session was lost with the process of the model; clear the"
                  + " session or open another. With a chat format (RkllmModel.Builder.chatFormat),"
                  + " sessions survive.",
          false,
          null);
    }
    if (!request.keepHistory()) {
      cacheIsLost = false;
    }
  }

  /** Requests the run to end. If it does not in time, ends its process. */
  @Override
  public void abort() {
    stopped = true;
    int number = running;
    Connection current = loaded.connection();
    long now = System.nanoTime();
    if (number == 0) {
      return; // run() has not sent it yet
    }
    if (now - abortSentAt > ABORT_INTERVAL.toNanos()) { // the SDK repeats it at each token
      abortSentAt = now;
      current.send(new ToHost.Abort(number));
    }
    endUnlessStopped(number, current);
  }

  private void endUnlessStopped(int number, Connection current) {
    if (watched == number) {
      return;
    }
    watched = number;
    CompletableFuture.delayedExecutor(options.stopGrace().toMillis(), TimeUnit.MILLISECONDS)
        .execute(
            () -> {
              if (running == number) {
                current.kill(
                    "native code had not returned %d s after a run was stopped, so the process was ended"
                        .formatted(options.stopGrace().toSeconds()));
              }
            });
  }

  // ---- The KV cache. Without a process there is none, and it counts as empty.

  @Override
  public int clearKvCache(boolean keepSystemPrompt) {
    pausedIn = null;
    if (loaded.connection().isUp()) {
      int code = call(new ToHost.ClearCache(keepSystemPrompt));
      cacheIsLost &= code != 0;
      return code;
    }
    cacheIsLost = false;
    return 0;
  }

  @Override
  public int clearKvCache(int[] from, int[] to) {
    return call(new ToHost.ClearRanges(from, to));
  }

  @Override
  public int[] kvCacheSizes() {
    Connection current = loaded.connection();
    return current.isUp()
        ? current
            .callUninterrupted(new ToHost.CacheSizes(), CALL_TIMEOUT, FromHost.Sizes.class)
            .positions()
        : new int[config.batchSize()];
  }

  // ---- Attachments

  @Override
  public int loadLora(String name, Path file, float scale) {
    return attach("LoRA adapter " + name, new ToHost.LoadLora(name, file, scale));
  }

  @Override
  public int loadPromptCache(Path file) {
    return attach("prompt cache", new ToHost.LoadPromptCache(file));
  }

  @Override
  public int releasePromptCache() {
    attached.remove("prompt cache");
    return loaded.connection().isUp() ? call(new ToHost.ReleasePromptCache()) : 0;
  }

  @Override
  public int setChatTemplate(ChatTemplate template) {
    int code = attach("chat template", new ToHost.SetTemplate(template));
    cacheIsLost &= code != 0;
    return code;
  }

  @Override
  public int setFunctionTools(FunctionTools tools) {
    return attach("function tools", new ToHost.SetTools(tools));
  }

  @Override
  public int setCrossAttention(CrossAttention crossAttention) {
    return attach("cross-attention", new ToHost.SetCrossAttention(crossAttention));
  }

  @Override
  public int contextLength() {
    return loaded.facts().contextLength();
  }

  @Override
  public int maxNewTokens() {
    return loaded.facts().maxNewTokens();
  }

  /** Destroys the model and ends its process, which gives all memory back in any case. */
  @Override
  public void destroy() {
    Connection current = loaded.connection();
    try {
      if (current.isUp()) {
        FromHost.Returned _ =
            current.callUninterrupted(
                new ToHost.Destroy(), DESTROY_TIMEOUT, FromHost.Returned.class);
      }
    } catch (RkllmException e) {
      LOG.warn(
          "{}: the model was not destroyed properly; its process was ended: {}",
          config.path().getFileName(),
          e.getMessage());
    } finally {
      current.close();
      awaitEnd(current);
    }
  }

  private static void awaitEnd(Connection connection) {
    try {
      String _ = connection.down().get(DESTROY_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      connection.kill("it did not end after its model was destroyed");
    }
  }
}
