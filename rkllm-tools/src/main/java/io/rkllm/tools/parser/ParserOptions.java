package io.rkllm.tools.parser;

import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.answer.Answers;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** How an answer is read. Immutable. */
public final class ParserOptions {
  private static final int MAX_CALL_LENGTH = 1 << 30;
  private static final int MAX_DEPTH = 500;
  private static final ParserOptions DEFAULTS = builder().build();

  private final Dialect dialect;
  private final Set<String> tools;
  private final Map<String, ParameterTypes> types;
  private final boolean startsInThinking;
  private final int maxCallLength;
  private final int maxDepth;
  private final String callIdPrefix;
  private final boolean wholeCalls;

  private ParserOptions(Builder from) {
    dialect = from.dialect;
    tools = from.tools;
    startsInThinking = from.startsInThinking;
    maxCallLength = from.maxCallLength;
    maxDepth = from.maxDepth;
    callIdPrefix = from.callIdPrefix;
    types = from.types;
    wholeCalls = from.wholeCalls;
  }

  /** All dialects, no declared tools. */
  public static ParserOptions defaults() {
    return DEFAULTS;
  }

  /**
   * How to read the answer to a conversation: with its tools, with ids of calls that no earlier
   * answer of it had, and inside of thinking if the prompt ended there.
   *
   * @param prompt the conversation as its {@link io.rkllm.chat.ChatFormat} rendered it
   */
  public static ParserOptions forAnswer(Conversation conversation, String prompt) {
    return builder()
        .tools(conversation.tools())
        .startsInThinking(Answers.isThinkingOpen(prompt))
        .callIdPrefix(Answers.callIdPrefix(conversation))
        .build();
  }

  /** A builder that starts from {@link #defaults}. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that starts from these options. */
  public Builder toBuilder() {
    Builder copy = new Builder();
    copy.dialect = dialect;
    copy.tools = tools;
    copy.startsInThinking = startsInThinking;
    copy.maxCallLength = maxCallLength;
    copy.maxDepth = maxDepth;
    copy.callIdPrefix = callIdPrefix;
    copy.types = types;
    copy.wholeCalls = wholeCalls;
    return copy;
  }

  /** How the model writes tool calls. */
  public Dialect dialect() {
    return dialect;
  }

  /** The names of the tools that were declared to the model. */
  public Set<String> tools() {
    return tools;
  }

  /** Whether the prompt ended in {@code <think>}, so that the answer begins inside thinking. */
  public boolean startsInThinking() {
    return startsInThinking;
  }

  /** How many characters a tool call may have. */
  public int maxCallLength() {
    return maxCallLength;
  }

  /** How deep the arguments of a tool call may be nested. */
  public int maxDepth() {
    return maxDepth;
  }

  /** What the ids of calls begin with; the index of the call follows. */
  public String callIdPrefix() {
    return callIdPrefix;
  }

  /** Returns whether a call is told of only when it is complete. */
  public boolean wholeCalls() {
    return wholeCalls;
  }

  /** Returns what the schema of a tool says of its parameters, as far as it is known. */
  ParameterTypes typesOf(String tool) {
    return types.getOrDefault(tool, ParameterTypes.UNKNOWN);
  }

  /** Builds {@link ParserOptions}. */
  public static final class Builder {
    private Dialect dialect = Dialects.DETECTED;
    private Set<String> tools = Set.of();
    private boolean startsInThinking;
    private int maxCallLength = 128 * 1024;
    private int maxDepth = 64;
    private String callIdPrefix = "call_";
    private Map<String, ParameterTypes> types = Map.of();
    private boolean wholeCalls;

    private Builder() {}

    /** How the model writes tool calls; {@link Dialects#DETECTED} by default. */
    public Builder dialect(Dialect dialect) {
      this.dialect = Check.nonNull("dialect", dialect);
      return this;
    }

    /**
     * The names of the tools that were declared to the model. Dialects that write a call as bare
     * JSON take an object for a call only if it names one of these.
     */
    public Builder tools(Set<String> names) {
      this.tools = Set.copyOf(Check.nonNull("names", names));
      this.types = Map.of();
      return this;
    }

    /**
     * The tools that were declared to the model. Dialects in which arguments are plain text read
     * them as the schema of the tool wants them; see also {@link #tools(Set)}.
     */
    public Builder tools(List<ToolDeclaration> tools) {
      List<ToolDeclaration> declared = Check.copy("tools", tools);
      this.tools = declared.stream().map(ToolDeclaration::name).collect(Collectors.toSet());
      this.types =
          declared.stream()
              .collect(
                  Collectors.toMap(
                      ToolDeclaration::name,
                      tool -> ParameterTypes.of(tool.parameters()),
                      (first, second) -> first));
      return this;
    }

    /** Whether the prompt ended in {@code <think>}, so that the answer begins inside thinking. */
    public Builder startsInThinking(boolean startsInThinking) {
      this.startsInThinking = startsInThinking;
      return this;
    }

    /**
     * How many characters a tool call may have, in [64, 2³⁰]; 131,072 by default. A longer one is
     * malformed. It bounds the memory of the parser.
     */
    public Builder maxCallLength(int maxCallLength) {
      this.maxCallLength = Check.inRange("maxCallLength", maxCallLength, 64, MAX_CALL_LENGTH);
      return this;
    }

    /** How deep a tool call may be nested, in [1, 500]; 64 by default. */
    public Builder maxDepth(int maxDepth) {
      this.maxDepth = Check.inRange("maxDepth", maxDepth, 1, MAX_DEPTH);
      return this;
    }

    /**
     * What the ids of calls begin with, {@code call_} by default; the index of the call follows. In
     * a conversation of several answers each needs its own.
     */
    public Builder callIdPrefix(String callIdPrefix) {
      this.callIdPrefix = Check.text("callIdPrefix", callIdPrefix);
      return this;
    }

    /**
     * Sets a random {@link #callIdPrefix}, so that no other answer has the same ids: for answers to
     * requests that may be repeated.
     */
    public Builder uniqueCallIds() {
      return callIdPrefix("call_" + UUID.randomUUID().toString().replace("-", "") + "_");
    }

    /**
     * Whether a call is told of only when it is complete; false by default. With this, each {@link
     * io.rkllm.tools.event.ChatEvent.ToolCallStarted} is followed by all of the arguments and by
     * the completed call, and what is malformed has not started. So a stream never takes back what
     * it has told, at the cost of arguments that come at once.
     */
    public Builder wholeCalls(boolean wholeCalls) {
      this.wholeCalls = wholeCalls;
      return this;
    }

    /** The options as set so far. */
    public ParserOptions build() {
      return new ParserOptions(this);
    }
  }
}
