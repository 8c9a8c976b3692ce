package io.rkllm.tools;

import io.rkllm.InferenceException;
import io.rkllm.ModelClosedException;
import io.rkllm.RkllmException;
import io.rkllm.stream.EventLog;
import io.rkllm.stream.LogIterator;
import io.rkllm.stream.LoggedWork;
import io.rkllm.stream.ReaderThreads;
import io.rkllm.stream.Thrown;
import io.rkllm.tools.event.ToolSessionEvent;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The life of one question: it waits in its session, runs on the session's thread, and ends. A
 * cancellation from any thread ends it at once if it waits, and otherwise stops the current
 * operation.
 */
final class ToolRun extends LoggedWork<ToolSessionEvent, ToolGenerationResult>
    implements ToolGeneration {
  private enum Phase {
    WAITING,
    RUNNING,
    ENDED
  }

  // Made beforehand: a question must end also where the heap is full.
  private static final ToolGenerationResult CANCELLED =
      new EndedQuestion("", "", ToolFinishReason.CANCELLED, List.of(), List.of());
  private final RkllmException outOfMemory =
      new InferenceException(
          "the question could not be answered, and the cause is unknown because the JVM ran out of memory;"
              + " give it a larger heap",
          RkllmException.NO_CODE,
          "",
          null);

  private final EventLog<ToolSessionEvent> log;
  private final CompletableFuture<ToolGenerationResult> ended;
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WAITING);
  private final Stopper stopper = new Stopper();
  private final Work work;
  private final Consumer<ToolRun> whenEnded;

  /** The work of a question, performed when its turn has come. */
  @FunctionalInterface
  interface Work {
    /** Does it. Blocks. */
    ToolGenerationResult run(Stopper stopper, Consumer<ToolSessionEvent> events);
  }

  /**
   * @param whenEnded called at its end, on the thread that ends it
   */
  ToolRun(Work work, Consumer<ToolRun> whenEnded) {
    this(work, whenEnded, new EventLog<>(Thread::startVirtualThread), new CompletableFuture<>());
  }

  private ToolRun(
      Work work,
      Consumer<ToolRun> whenEnded,
      EventLog<ToolSessionEvent> log,
      CompletableFuture<ToolGenerationResult> ended) {
    super(log, ended);
    this.work = work;
    this.whenEnded = whenEnded;
    this.log = log;
    this.ended = ended;
  }

  /** Runs to the end, unless it was cancelled before. Any exception fails it. */
  void run() {
    if (!phase.compareAndSet(Phase.WAITING, Phase.RUNNING)) {
      return;
    }
    try {
      end(work.run(stopper, log::append));
    } catch (Throwable thrown) {
      fail(thrown);
    } finally {
      phase.set(Phase.ENDED);
    }
  }

  @Override
  public void cancel() {
    if (phase.compareAndSet(Phase.WAITING, Phase.ENDED)) {
      end(CANCELLED);
    } else {
      stopper.stop();
    }
  }

  /**
   * Signals an answer that was cut off to the readers of the events, to whom it would otherwise
   * look complete.
   */
  private void end(ToolGenerationResult result) {
    boolean closed = result.finishReason() == ToolFinishReason.MODEL_CLOSED;
    complete(result, closed ? modelClosed(result) : null);
  }

  static ModelClosedException modelClosed(ToolGenerationResult result) {
    return new ModelClosedException(
        "the model was closed before the question was answered", result.text());
  }

  private void fail(Throwable thrown) {
    RkllmException failure;
    try {
      failure = failure(thrown);
    } catch (Throwable _) {
      failure = outOfMemory;
    }
    complete(null, failure);
  }

  private static RkllmException failure(Throwable thrown) {
    return thrown instanceof RkllmException known
        ? known
        : new InferenceException(
            "the question could not be answered: " + Thrown.describe(thrown),
            RkllmException.NO_CODE,
            "",
            thrown);
  }

  private void complete(@Nullable ToolGenerationResult result, @Nullable RkllmException failure) {
    end(log, ended, result, failure);
    whenEnded.accept(this);
  }

  // ---- Reading

  @Override
  public Flow.Publisher<ToolSessionEvent> events() {
    return publisher();
  }

  @Override
  public ToolEventIterator iterator() {
    return new Cursor(this);
  }

  @Override
  protected Executor executor() {
    return ReaderThreads.VIRTUAL;
  }

  /**
   * The session's thread runs no user code except chat formats, which have no access to the
   * question.
   */
  @Override
  protected void refuseOwnThread(String what) {}

  @Override
  protected void executorFailed(Throwable thrown) {}

  @Override
  protected InferenceException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new InferenceException(
        "the thread was interrupted while it waited for an answer; this reader has left the"
            + " generation",
        RkllmException.NO_CODE,
        "",
        cause);
  }

  /** A thread's cursor on the events. */
  private static final class Cursor extends LogIterator<ToolSessionEvent>
      implements ToolEventIterator {
    Cursor(ToolRun run) {
      super(run);
    }
  }
}
