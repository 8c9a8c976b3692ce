package io.rkllm.tools;

import io.rkllm.GenerationOptions;
import io.rkllm.ModelBusyException;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.input.TextPrompt;
import io.rkllm.stream.Thrown;
import io.rkllm.tools.event.ToolSessionEvent;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.parser.Dialect;
import io.rkllm.tools.parser.Dialects;
import io.rkllm.tools.parser.ParserOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A conversation with a model that calls tools:
 *
 * <pre>{@code
 * try (ToolSession session = ToolSession.builder(model, tools).systemPrompt("Be brief.").open()) {
 *   String answer = session.generate("How warm is it in Bremen?").text();
 * }
 * }</pre>
 *
 * <p>The tools are declared to the model in one of two ways. If it was loaded with a {@linkplain
 * RkllmModel.Builder#chatFormat chat format}, that format writes the declarations, and any number
 * of sessions may be open. Otherwise they are declared to the runtime's own template ({@code
 * rkllm_set_function_tools}), which requires a model whose template supports tools, keeps the
 * declarations until the model is closed, and allows one session at a time.
 *
 * <p>An answer may contain several calls. They start when the answer has ended, each on its own
 * virtual thread, and their results are sent to the model in the order of the calls. A tool never
 * runs twice for one call. Any error (an unknown tool, invalid arguments, an exception, a timeout,
 * a call that is rejected or cannot be parsed) is sent to the model as {@code {"error": "…"}}, so
 * that it can correct the call.
 *
 * <p>Questions are answered one at a time, in the order in which they were asked, and each sees the
 * earlier ones. With a chat format, a question that fails is removed from the history. A tool or an
 * approval must not wait for another question of its own session, since that question cannot start
 * before the current one has ended. Thread-safe.
 */
public final class ToolSession implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ToolSession.class);

  private static final int MAX_WAITING = 64;
  private static final Thread.Builder THREADS = Thread.ofVirtual().name("rkllm-tools-", 0);

  private final ToolSet tools;
  private final ToolTurns turns;
  private final ToolLimits limits;
  private final GenerationOptions options;

  // Guarded by this.
  private final ArrayDeque<ToolRun> waiting = new ArrayDeque<>();
  private @Nullable ToolRun current;
  private boolean working; // whether there is a thread for what waits
  private int clears; // how often it was to forget
  private boolean closed;

  private int clearsDone; // used by the thread of the questions

  private ToolSession(Builder from) {
    tools = from.tools;
    limits =
        new ToolLimits(
            from.maxTurns,
            from.maxCalls,
            from.maxParallelCalls,
            from.callTimeout,
            from.approval,
            from.errorMessage);
    options = from.options;
    turns = from.turns();
  }

  /** Returns a builder for a session that lets a model call these tools. */
  public static Builder builder(RkllmModel model, ToolSet tools) {
    return new Builder(model, tools);
  }

  /**
   * Asks the model a question. Does not block.
   *
   * @throws IllegalArgumentException if the question is empty, or contains a NUL character or a
   *     lone surrogate
   * @throws IllegalStateException if the session is closed
   * @throws ModelBusyException if 64 questions are already waiting in this session
   */
  public ToolGeneration generate(String question) {
    return generate(question, options);
  }

  /**
   * Asks the model a question, with these options for each of its answers. Otherwise the same as
   * {@link #generate(String)}.
   */
  public ToolGeneration generate(String question, GenerationOptions options) {
    String text = TextPrompt.of(question).text();
    Check.nonNull("options", options);
    synchronized (this) {
      refuseClosed();
      refuseFull();
      int clearsBefore = clears;
      ToolRun run =
          new ToolRun(
              (stopper, events) -> ask(text, options, clearsBefore, stopper, events), this::forget);
      waiting.add(run);
      try {
        startWorking();
      } catch (Throwable thrown) { // no thread could be made
        waiting.remove(run);
        throw thrown;
      }
      return run;
    }
  }

  /** Clears the conversation. Questions asked earlier keep their history. Does not block. */
  public synchronized void clear() {
    refuseClosed();
    clears++;
  }

  /**
   * Cancels the questions that have not ended, interrupts their tools, and clears the conversation.
   * Closing a closed session has no effect. Does not block.
   */
  @Override
  public void close() {
    List<ToolRun> unfinished;
    synchronized (this) {
      closed = true;
      unfinished = new ArrayList<>(waiting);
      if (current != null) {
        unfinished.add(current);
      }
    }
    unfinished.forEach(ToolRun::cancel);
    turns.close();
  }

  private void startWorking() {
    if (!working) {
      THREADS.start(this::work);
      working = true;
    }
  }

  // ---- The thread of the questions

  private void work() {
    for (ToolRun run = next(); run != null; run = next()) {
      try {
        run.run();
      } catch (Throwable thrown) { // those that wait are asked all the same
        Thrown.warn(LOG, "A question could not be ended properly", thrown);
      }
    }
  }

  private synchronized @Nullable ToolRun next() {
    current = waiting.poll();
    working = current != null;
    return current;
  }

  private synchronized void forget(ToolRun ended) {
    waiting.remove(ended);
  }

  private ToolGenerationResult ask(
      String question,
      GenerationOptions options,
      int clearsBefore,
      Stopper stopper,
      Consumer<ToolSessionEvent> events) {
    if (clearsDone < clearsBefore) { // also for a question that was cancelled before its turn
      turns.clear();
      clearsDone = clearsBefore;
    }
    return new ToolLoop(turns, tools, limits, options, stopper, events).ask(question);
  }

  private void refuseFull() {
    if (waiting.size() >= MAX_WAITING) {
      throw new ModelBusyException(
          MAX_WAITING + " questions wait in this session already; wait for some of them",
          MAX_WAITING);
    }
  }

  private void refuseClosed() {
    if (closed) {
      throw new IllegalStateException(
          "the session is closed; open another with ToolSession.builder");
    }
  }

  /** Builds {@link ToolSession}. */
  public static final class Builder {
    private final RkllmModel model;
    private final ToolSet tools;
    private String systemPrompt = "";
    private boolean thinking;
    private boolean startsInThinking;
    private Dialect dialect = Dialects.DETECTED;
    private GenerationOptions options = GenerationOptions.defaults();
    private int maxTurns = 8;
    private int maxCalls = 32;
    private int maxParallelCalls = 4;
    private Duration callTimeout = Duration.ofSeconds(30);
    private @Nullable ToolApproval approval;
    private @Nullable Function<? super Throwable, String> errorMessage;

    private Builder(RkllmModel model, ToolSet tools) {
      this.model = Check.nonNull("model", model);
      this.tools = Check.nonNull("tools", tools);
      if (tools.names().isEmpty()) {
        throw new IllegalArgumentException(
            "tools must have at least one tool; without any, open RkllmModel.openSession()");
      }
    }

    /** Sets the system prompt. Defaults to none. */
    public Builder systemPrompt(String systemPrompt) {
      this.systemPrompt = Check.nonEmptyText("systemPrompt", systemPrompt);
      return this;
    }

    /**
     * Sets whether the model thinks before each answer. Defaults to false. Ignored by models whose
     * template does not support thinking.
     */
    public Builder thinking(boolean thinking) {
      this.thinking = thinking;
      return this;
    }

    /**
     * Sets whether answers begin inside thinking because the runtime's own template ends a prompt
     * with {@code <think>}. Defaults to false. If the model has a chat format, the session detects
     * this itself.
     */
    public Builder startsInThinking(boolean startsInThinking) {
      this.startsInThinking = startsInThinking;
      return this;
    }

    /**
     * Sets the dialect in which the model writes tool calls. By default it is detected among the
     * {@link Dialects}.
     */
    public Builder dialect(Dialect dialect) {
      this.dialect = Check.nonNull("dialect", dialect);
      return this;
    }

    /**
     * Sets the options for generating each answer. {@link GenerationOptions.Builder#timeout} and
     * all other options apply to one answer, not to a whole question.
     */
    public Builder generationOptions(GenerationOptions options) {
      this.options = Check.nonNull("options", options);
      return this;
    }

    /**
     * Sets the maximum number of answers to one question, in [1, 1000]. Defaults to 8. Tool calls
     * in the last answer do not run, since the model could not use their results, and the question
     * ends as {@link ToolFinishReason#TURN_LIMIT}. If 1, tool calls are reported but never run.
     */
    public Builder maxTurns(int maxTurns) {
      this.maxTurns = Check.inRange("maxTurns", maxTurns, 1, 1_000);
      return this;
    }

    /**
     * Sets the maximum number of tool calls for one question, in [1, 10000]. Defaults to 32. Calls
     * beyond the limit do not run and return an error message to the model; if the model then calls
     * a tool again, the question ends as {@link ToolFinishReason#CALL_LIMIT}.
     */
    public Builder maxCalls(int maxCalls) {
      this.maxCalls = Check.inRange("maxCalls", maxCalls, 1, 10_000);
      return this;
    }

    /**
     * Sets the maximum number of calls of one answer that run concurrently, in [1, 1000]. Defaults
     * to 4. If 1, calls run sequentially in their order.
     */
    public Builder maxParallelCalls(int maxParallelCalls) {
      this.maxParallelCalls = Check.inRange("maxParallelCalls", maxParallelCalls, 1, 1_000);
      return this;
    }

    /**
     * Sets the timeout of each call. Defaults to 30 seconds. When it expires, the thread of the
     * call is interrupted and abandoned, and an error message is sent to the model.
     *
     * @throws IllegalArgumentException if not positive
     */
    public Builder callTimeout(Duration callTimeout) {
      this.callTimeout = Check.positive("callTimeout", callTimeout);
      return this;
    }

    /** Sets the approval that decides whether a call may run. By default all calls run. */
    public Builder approval(ToolApproval approval) {
      this.approval = Check.nonNull("approval", approval);
      return this;
    }

    /**
     * Sets the function that returns the error message for an exception thrown by a tool. By
     * default this is the message of the exception, without a stack trace. If the function throws
     * or returns null, that is reported to the model instead. The function may be called by several
     * threads concurrently.
     */
    public Builder errorMessage(Function<? super Throwable, String> errorMessage) {
      this.errorMessage = Check.nonNull("errorMessage", errorMessage);
      return this;
    }

    /**
     * Opens the session. Under the runtime's own template this first declares the tools to the
     * model, which blocks until earlier work of the model has ended.
     *
     * @throws IllegalArgumentException if the model's chat format does not support tools
     * @throws IllegalStateException if, under the runtime's own template, the model is closed, was
     *     loaded for batches, or already has an open session
     * @throws io.rkllm.RkllmException if the runtime rejects the tools because the model's own
     *     template does not support them. Load the model with a chat format instead
     */
    public ToolSession open() {
      return new ToolSession(this);
    }

    private ToolTurns turns() {
      ChatFormat format = model.chatFormat().orElse(null);
      if (format != null) {
        return new FormattedTurns(model, format, dialect, tools, systemPrompt, thinking);
      }
      ParserOptions parsing =
          ParserOptions.builder()
              .dialect(dialect)
              .tools(tools.names())
              .startsInThinking(startsInThinking)
              .build();
      return new NativeTurns(model, tools, systemPrompt, thinking, parsing);
    }
  }
}
