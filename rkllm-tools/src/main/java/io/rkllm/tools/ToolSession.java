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
 * <p>The model is told of the tools in one of two ways. If it was loaded with a {@linkplain
 * RkllmModel.Builder#chatFormat chat format}, that format writes them down, and any number of
 * sessions may be open. Otherwise they are declared to the runtime's own template ({@code
 * rkllm_set_function_tools}), which needs a model whose template knows tools, keeps them for good,
 * and allows one session at a time.
 *
 * <p>An answer may have several calls. They begin when it has ended, each on a virtual thread of
 * its own, and the model is told what came of them in the order of the calls. A tool never runs
 * twice for one call. What goes wrong – an unknown tool, arguments that do not fit, an exception, a
 * timeout, a call that is not approved or cannot be read – becomes words to the model, {@code
 * {"error": "…"}}, so that it can mend it.
 *
 * <p>Questions are answered one after the other, in the order in which they were asked; each knows
 * of those before. One that failed leaves no trace under a chat format. A tool or an approval must
 * not wait for a question of its own session, which cannot begin before theirs has ended.
 * Thread-safe.
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

  /** A session of a model with these tools. */
  public static Builder builder(RkllmModel model, ToolSet tools) {
    return new Builder(model, tools);
  }

  /**
   * Asks the model. Does not block.
   *
   * @throws IllegalArgumentException if the question is empty, or has a NUL character or a lone
   *     surrogate
   * @throws IllegalStateException if the session is closed
   * @throws ModelBusyException if 64 questions wait in this session already
   */
  public ToolGeneration generate(String question) {
    return generate(question, options);
  }

  /** Asks the model, by these options for each of its answers; as {@link #generate(String)}. */
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

  /** Forgets what was said; questions asked before keep their history. Does not block. */
  public synchronized void clear() {
    refuseClosed();
    clears++;
  }

  /**
   * Cancels the questions that have not ended, interrupts their tools, and forgets the
   * conversation. Harmless when called again. Does not block.
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

    /** What the model is told before the conversation; nothing by default. */
    public Builder systemPrompt(String systemPrompt) {
      this.systemPrompt = Check.nonEmptyText("systemPrompt", systemPrompt);
      return this;
    }

    /**
     * Whether the model should think before each answer; false by default. Models whose template
     * does not know of thinking take no notice.
     */
    public Builder thinking(boolean thinking) {
      this.thinking = thinking;
      return this;
    }

    /**
     * Whether answers begin inside thinking, because the runtime's own template ends a prompt with
     * {@code <think>}; false by default. Of a chat format the session sees it by itself.
     */
    public Builder startsInThinking(boolean startsInThinking) {
      this.startsInThinking = startsInThinking;
      return this;
    }

    /**
     * How the model writes tool calls. By default whichever of {@link Dialects} it turns out to be.
     */
    public Builder dialect(Dialect dialect) {
      this.dialect = Check.nonNull("dialect", dialect);
      return this;
    }

    /**
     * How each answer is generated: {@link GenerationOptions.Builder#timeout} and all else count
     * for one answer, not for a question as a whole.
     */
    public Builder generationOptions(GenerationOptions options) {
      this.options = Check.nonNull("options", options);
      return this;
    }

    /**
     * How many answers the model may give to one question, in [1, 1000]; 8 by default. Calls in the
     * last one do not run, since nobody would hear of them: the question ends as {@link
     * ToolFinishReason#TURN_LIMIT}. With 1, calls are only shown.
     */
    public Builder maxTurns(int maxTurns) {
      this.maxTurns = Check.inRange("maxTurns", maxTurns, 1, 1_000);
      return this;
    }

    /**
     * How many tool calls may be made for one question, in [1, 10000]; 32 by default. Of calls
     * beyond that the model is told that they did not run; if it then calls again, the question
     * ends as {@link ToolFinishReason#CALL_LIMIT}.
     */
    public Builder maxCalls(int maxCalls) {
      this.maxCalls = Check.inRange("maxCalls", maxCalls, 1, 10_000);
      return this;
    }

    /**
     * How many calls of one answer may run side by side, in [1, 1000]; 4 by default. With 1 they
     * run one after the other, in their order.
     */
    public Builder maxParallelCalls(int maxParallelCalls) {
      this.maxParallelCalls = Check.inRange("maxParallelCalls", maxParallelCalls, 1, 1_000);
      return this;
    }

    /**
     * How long each call may take; 30 seconds by default. After that its thread is interrupted and
     * left alone, and the model is told.
     *
     * @throws IllegalArgumentException if not positive
     */
    public Builder callTimeout(Duration callTimeout) {
      this.callTimeout = Check.positive("callTimeout", callTimeout);
      return this;
    }

    /** Who decides whether a call may run; by default all may. */
    public Builder approval(ToolApproval approval) {
      this.approval = Check.nonNull("approval", approval);
      return this;
    }

    /**
     * What the model is told of an exception of a tool; by default its message, without a stack
     * trace. If the function throws or gives null, that is told instead. It may be called by
     * several threads at once.
     */
    public Builder errorMessage(Function<? super Throwable, String> errorMessage) {
      this.errorMessage = Check.nonNull("errorMessage", errorMessage);
      return this;
    }

    /**
     * Opens the session. Under the runtime's own template it declares the tools to the model first,
     * which blocks until its turn has come.
     *
     * @throws IllegalArgumentException if the model's chat format knows no tools
     * @throws IllegalStateException if, under the runtime's own template, the model is closed, was
     *     loaded for batches or has a session open already
     * @throws io.rkllm.RkllmException if the runtime refuses the tools: the model's own template
     *     knows none. Load it with a chat format then
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
