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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model in another process. If that process ends, the call in progress fails, and the next one
 * loads the model into a new process, with everything that was attached to it.
 */
final class RemoteModel implements NativeModel {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);
  private static final Duration LONGEST_DESTROY = Duration.ofSeconds(10);
  private static final Duration ABORT_INTERVAL = Duration.ofMillis(5);

  private final ModelConfig config;
  private final HostOptions options;
  private final ModelProcess process;

  // Used by the model's thread:
  private int lastRun;
  private @Nullable Connection cacheIn; // where the content of the KV cache is; null if it is empty
  private @Nullable Connection pausedIn;

  private volatile int running; // the number of the run in progress, or 0
  private volatile boolean stopped; // the run was aborted, perhaps before it was sent
  private volatile long abortSentAt;
  private volatile @Nullable Deadline stopDeadline; // of the run in progress

  RemoteModel(
      RemoteRuntime runtime, ModelConfig config, HostOptions options, RemoteRuntime.Loaded loaded) {
    this.config = config;
    this.options = options;
    this.process = new ModelProcess(runtime, config, options, loaded);
  }

  // ---- Runs

  @Override
  public int run(RunRequest request, RunObserver observer) {
    try {
      return runOnce(request, observer, options.retryRuns() && !request.keepHistory());
    } finally {
      running = 0;
      stopped = false;
      endWatch();
    }
  }

  /**
   * @param retries whether the run is repeated if its process ends before it has produced anything
   */
  private int runOnce(RunRequest request, RunObserver observer, boolean retries) {
    boolean resumes = pausedIn != null;
    Connection current = process.connection();
    refuseLostState(request, current);
    RemoteRun run = new RemoteRun(++lastRun, config.batchSize(), observer);
    running = run.number();
    if (stopped) {
      return 0; // while the model was loaded again
    }
    Connection cacheBefore = cacheIn;
    cacheIn = current;
    try {
      FromHost.Returned returned = current.run(run, request);
      pausedIn = returned.paused() ? current : null;
      return returned.code();
    } catch (ModelLostException e) {
      if (Connection.isUnsent(e) && !stopped) {
        cacheIn = cacheBefore;
        return runOnce(request, observer, retries);
      }
      if (!retries || resumes || stopped || run.hasBegun()) {
        throw e;
      }
      LOG.warn("{}: repeating a run: {}", config.path().getFileName(), e.getMessage());
      return runOnce(request, observer, false);
    }
  }

  /** Rejects a run that continues what was in the memory of a process that has ended. */
  private void refuseLostState(RunRequest request, Connection current) {
    boolean resumes = pausedIn != null;
    Connection needed = resumes ? pausedIn : request.keepHistory() ? cacheIn : null;
    if (needed != null && needed != current) {
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
  }

  /** Requests the run to end. If it does not in time, ends its process. */
  @Override
  public void abort() {
    stopped = true;
    int number = running;
    Connection current = process.last();
    if (number == 0) {
      return; // run() has not sent it yet
    }
    watch(number, current); // first, because a host that hangs may not even read the request
    long now = System.nanoTime();
    if (now - abortSentAt > ABORT_INTERVAL.toNanos()) { // the SDK repeats it at each token
      abortSentAt = now;
      current.sendWithoutWaiting(new ToHost.Abort(number));
    }
  }

  private synchronized void watch(int number, Connection current) {
    if (stopDeadline == null && running == number) {
      stopDeadline =
          Deadline.in(
              options.stopGrace(),
              () ->
                  current.kill(
                      "native code had not returned %s after the run was stopped, and its process was ended"
                          .formatted(options.stopGrace())));
    }
  }

  private synchronized void endWatch() {
    if (stopDeadline != null) {
      stopDeadline.close();
      stopDeadline = null;
    }
  }

  // ---- The KV cache. Without a process there is none, and it counts as empty.

  @Override
  public int clearKvCache(boolean keepSystemPrompt) {
    pausedIn = null;
    int code = process.callIfUp(new ToHost.ClearCache(keepSystemPrompt));
    if (code == 0) {
      cacheIn = null;
    }
    return code;
  }

  @Override
  public int clearKvCache(int[] from, int[] to) {
    return process.call(new ToHost.ClearRanges(from, to));
  }

  @Override
  public int[] kvCacheSizes() {
    return process.ifUp(
        current ->
            current
                .callUninterrupted(
                    new ToHost.CacheSizes(), options.callTimeout(), FromHost.Sizes.class)
                .positions(),
        new int[config.batchSize()]);
  }

  // ---- Attachments

  @Override
  public int loadLora(String name, Path file, float scale) {
    return process.attach("LoRA adapter " + name, new ToHost.LoadLora(name, file, scale));
  }

  @Override
  public int loadPromptCache(Path file) {
    return process.attach("prompt cache", new ToHost.LoadPromptCache(file));
  }

  @Override
  public int releasePromptCache() {
    process.detach("prompt cache");
    return process.callIfUp(new ToHost.ReleasePromptCache());
  }

  @Override
  public int setChatTemplate(ChatTemplate template) {
    int code = process.attach("chat template", new ToHost.SetTemplate(template));
    if (code == 0) {
      cacheIn = null; // which this clears
    }
    return code;
  }

  @Override
  public int setFunctionTools(FunctionTools tools) {
    return process.attach("function tools", new ToHost.SetTools(tools));
  }

  @Override
  public int setCrossAttention(CrossAttention crossAttention) {
    return process.attach("cross-attention", new ToHost.SetCrossAttention(crossAttention));
  }

  @Override
  public int contextLength() {
    return process.facts().contextLength();
  }

  @Override
  public int maxNewTokens() {
    return process.facts().maxNewTokens();
  }

  /** Destroys the model and ends its process, which gives all memory back in any case. */
  @Override
  public void destroy() {
    Connection current = process.last();
    Duration atMost =
        options.callTimeout().compareTo(LONGEST_DESTROY) < 0
            ? options.callTimeout()
            : LONGEST_DESTROY;
    try {
      if (current.isUp()) {
        FromHost.Returned _ =
            current.callUninterrupted(new ToHost.Destroy(), atMost, FromHost.Returned.class);
      }
    } catch (RkllmException e) {
      LOG.warn(
          "{}: the model was not destroyed properly; its process was ended: {}",
          config.path().getFileName(),
          e.getMessage());
    } finally {
      current.close();
      current.awaitEnd(atMost);
    }
  }
}
