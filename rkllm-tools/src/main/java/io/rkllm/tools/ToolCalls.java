package io.rkllm.tools;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ToolCall;
import io.rkllm.stream.Thrown;
import io.rkllm.tools.event.ToolReturned;
import io.rkllm.tools.event.ToolReturned.Outcome;
import io.rkllm.tools.internal.Check;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the tool calls of one answer, each once.
 *
 * <p>A tool runs on its own virtual thread while another thread waits for it, so that it can be
 * abandoned when it times out or is stopped, even if it ignores interrupts. A result after that is
 * discarded. {@link #run} is called once, by one thread; {@link #stop} by any thread.
 */
final class ToolCalls {
  private static final Logger LOG = LoggerFactory.getLogger(ToolSession.class);
  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

  private final ToolSet tools;
  private final ToolLimits limits;
  private final Consumer<ToolReturned> observer;
  private final ExecutorService waiters =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("rkllm-call-", 0).factory());
  private final CompletionService<Done> finished = new ExecutorCompletionService<>(waiters);
  private final List<Optional<ToolReturned>> inOrder = new ArrayList<>(); // used by run()
  private int running; // used by run()

  /**
   * @param observer called when each call has ended, on the thread of {@link #run}
   */
  ToolCalls(ToolSet tools, ToolLimits limits, Consumer<ToolReturned> observer) {
    this.tools = tools;
    this.limits = limits;
    this.observer = observer;
  }

  private record Done(int place, ToolReturned returned) {}

  /**
   * Runs the calls, as many side by side as there may be, and waits for all.
   *
   * @param allowance how many of them may run, the first ones
   * @return what came of each, in the order of the calls; empty where it was stopped before
   */
  List<Optional<ToolReturned>> run(List<ToolCall> calls, int allowance) {
    calls.forEach(_ -> inOrder.add(Optional.empty()));
    try {
      for (int i = 0; i < calls.size(); i++) {
        begin(i, calls.get(i), i < allowance);
      }
      while (running > 0) {
        awaitOne();
      }
    } catch (InterruptedException | ExecutionException | RejectedExecutionException e) {
      if (!waiters.isShutdown()) {
        throw new IllegalStateException("tool calls could not be made: " + e.getMessage(), e);
      }
    } finally {
      waiters.shutdownNow();
    }
    return inOrder;
  }

  /** Interrupts the running tools and makes {@link #run} return. Does not block. */
  void stop() {
    waiters.shutdownNow();
  }

  private void begin(int place, ToolCall call, boolean allowed)
      throws InterruptedException, ExecutionException {
    ToolReturned refused = allowed ? refusal(call) : overLimit(call);
    if (refused != null) {
      ended(new Done(place, refused));
      return;
    }
    if (running == limits.maxParallelCalls()) {
      awaitOne();
    }
    finished.submit(() -> new Done(place, callWithTimeout(call)));
    running++;
  }

  private void awaitOne() throws InterruptedException, ExecutionException {
    Done done = finished.take().get();
    running--;
    ended(done);
  }

  private void ended(Done done) {
    inOrder.set(done.place, Optional.of(done.returned));
    observer.accept(done.returned);
  }

  private ToolReturned overLimit(ToolCall call) {
    return returned(call, Outcome.OVER_LIMIT, ToolMessages.tooManyCalls(limits.maxCalls()), null);
  }

  // ---- Whether it may run

  private @Nullable ToolReturned refusal(ToolCall call)
      throws InterruptedException, ExecutionException {
    ToolApproval approval = limits.approval();
    if (approval == null) {
      return null;
    }
    return waiters.submit(() -> ask(approval, call)).get().orElse(null);
  }

  private Optional<ToolReturned> ask(ToolApproval approval, ToolCall call)
      throws InterruptedException, ExecutionException, TimeoutException {
    return runOnOwnThread("rkllm-approval-" + call.name(), () -> decision(approval, call), FOREVER);
  }

  /**
   * Decides about a call, on the approval's thread. The approval is not called for a call that
   * could not run.
   */
  private Optional<ToolReturned> decision(ToolApproval approval, ToolCall call) {
    try {
      tools.check(call);
      ToolApproval.Decision decision =
          Check.nonNull("what ToolApproval.decide gives", approval.decide(call));
      return decision.approved()
          ? Optional.empty()
          : Optional.of(
              returned(call, Outcome.REJECTED, ToolMessages.rejected(decision.reason()), null));
    } catch (InvalidToolCallException invalid) {
      return Optional.of(failed(call, invalid));
    } catch (Throwable thrown) {
      Thrown.warn(
          LOG, "ToolApproval.decide threw; the call of " + call.name() + " does not run", thrown);
      return Optional.of(returned(call, Outcome.REJECTED, ToolMessages.rejected(""), thrown));
    }
  }

  // ---- Running

  /** Runs the tool with its timeout, on the thread that waits for it. */
  private ToolReturned callWithTimeout(ToolCall call)
      throws InterruptedException, ExecutionException {
    try {
      return runOnOwnThread(
          "rkllm-tool-" + call.name(), () -> callTool(call), limits.callTimeout());
    } catch (TimeoutException e) {
      LOG.debug("The tool {} was interrupted after {}", call.name(), limits.callTimeout());
      return returned(call, Outcome.TIMED_OUT, ToolMessages.timedOut(limits.callTimeout()), null);
    }
  }

  /** Calls the tool, on the tool's thread. An {@code Error} is handled like an exception. */
  private ToolReturned callTool(ToolCall call) {
    try {
      return returned(call, Outcome.SUCCEEDED, tools.call(call, this::refuseIfAbandoned), null);
    } catch (CancellationException abandoned) {
      throw abandoned; // a tool's own would be the cause of another
    } catch (Throwable thrown) {
      return failed(call, thrown);
    }
  }

  /**
   * Called on the tool's thread: prevents the tool from starting if it was stopped or timed out
   * while its arguments were bound.
   */
  private void refuseIfAbandoned() {
    if (waiters.isShutdown() || Thread.currentThread().isInterrupted()) {
      throw new CancellationException("no caller waits for the tool any more");
    }
  }

  private ToolReturned failed(ToolCall call, Throwable thrown) {
    if (thrown instanceof InvalidToolCallException invalid) {
      return returned(
          call,
          invalid.isUnknownTool() ? Outcome.UNKNOWN_TOOL : Outcome.INVALID_ARGUMENTS,
          ToolMessages.error(String.valueOf(invalid.getMessage())),
          null);
    }
    Throwable cause = thrown instanceof ToolFailedException failed ? failed.getCause() : thrown;
    Throwable told = cause != null ? cause : new IllegalStateException("no reason was given");
    LOG.debug("The tool {} failed: {}", call.name(), Thrown.describe(told));
    return returned(call, Outcome.FAILED, ToolMessages.failed(told, limits.errorMessage()), told);
  }

  private static ToolReturned returned(
      ToolCall call, Outcome outcome, String text, @Nullable Throwable failure) {
    return new ToolReturned(
        call,
        outcome,
        new ChatMessage.ToolResult(call.id(), call.name(), text),
        Optional.ofNullable(failure));
  }

  /**
   * Runs the call on its own thread, which is interrupted and abandoned when the timeout expires.
   */
  private static <T> T runOnOwnThread(String thread, Callable<T> work, Duration timeout)
      throws InterruptedException, ExecutionException, TimeoutException {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofVirtual().name(thread).start(task);
    try {
      return task.get(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
    } finally {
      task.cancel(true);
    }
  }
}
