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

/** Options for parsing an answer. Immutable. */
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

  private ParserOptions(Builder from) {
    dialect = from.dialect;
    tools = from.tools;
    startsInThinking = from.startsInThinking;
    maxCallLength = from.maxCallLength;
    maxDepth = from.maxDepth;
    callIdPrefix = from.callIdPrefix;
    types = from.types;
  }

  /** Returns the default options: all dialects, without declared tools. */
  public static ParserOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Returns options for parsing the answer to a conversation: with its tools, with call ids that no
   * earlier answer of the conversation has used, and beginning inside thinking if the prompt ended
   * there.
   *
   * @param prompt the conversation as rendered by its {@link io.rkllm.chat.ChatFormat}
   */
  public static ParserOptions forAnswer(Conversation conversation, String prompt) {
    return builder()
        .tools(conversation.tools())
        .startsInThinking(Answers.isThinkingOpen(prompt))
        .callIdPrefix(Answers.callIdPrefix(conversation))
        .build();
  }

  /** Returns a builder initialized with {@link #defaults}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a builder initialized with these options. */
  public Builder toBuilder() {
    Builder copy = new Builder();
    copy.dialect = dialect;
    copy.tools = tools;
    copy.startsInThinking = startsInThinking;
    copy.maxCallLength = maxCallLength;
    copy.maxDepth = maxDepth;
    copy.callIdPrefix = callIdPrefix;
    copy.types = types;
    return copy;
  }

  /** Returns the dialect in which the model writes tool calls. */
  public Dialect dialect() {
    return dialect;
  }

  /** Returns the names of the tools that were declared to the model. */
  public Set<String> tools() {
    return tools;
  }

  /**
   * Returns whether the prompt ended in {@code <think>}, so that the answer begins inside thinking.
   */
  public boolean startsInThinking() {
    return startsInThinking;
  }

  /** Returns the maximum number of characters of a tool call. */
  public int maxCallLength() {
    return maxCallLength;
  }

  /** Returns the maximum nesting depth of the arguments of a tool call. */
  public int maxDepth() {
    return maxDepth;
  }

  /** Returns the prefix of call ids, which the index of the call follows. */
  public String callIdPrefix() {
    return callIdPrefix;
  }

  /**
   * Returns the types that the schema of a tool declares for its parameters, as far as they are
   * known.
   */
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

    private Builder() {}

    /**
     * Sets the dialect in which the model writes tool calls. Defaults to {@link Dialects#DETECTED}.
     */
    public Builder dialect(Dialect dialect) {
      this.dialect = Check.nonNull("dialect", dialect);
      return this;
    }

    /**
     * Sets the names of the tools that were declared to the model. Dialects that write a call as
     * bare JSON treat an object as a call only if it names one of these.
     */
    public Builder tools(Set<String> names) {
      this.tools = Set.copyOf(Check.nonNull("names", names));
      this.types = Map.of();
      return this;
    }

    /**
     * Sets the tools that were declared to the model. Dialects in which arguments are plain text
     * convert them to the types in the tool's schema; see also {@link #tools(Set)}.
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

    /**
     * Sets whether the prompt ended in {@code <think>}, so that the answer begins inside thinking.
     * Defaults to false.
     */
    public Builder startsInThinking(boolean startsInThinking) {
      this.startsInThinking = startsInThinking;
      return this;
    }

    /**
     * Sets the maximum number of characters of a tool call, in [64, 2³⁰]. Defaults to 131,072. A
     * longer call is malformed. The limit bounds the memory of the parser.
     */
    public Builder maxCallLength(int maxCallLength) {
      this.maxCallLength = Check.inRange("maxCallLength", maxCallLength, 64, MAX_CALL_LENGTH);
      return this;
    }

    /** Sets the maximum nesting depth of a tool call, in [1, 500]. Defaults to 64. */
    public Builder maxDepth(int maxDepth) {
      this.maxDepth = Check.inRange("maxDepth", maxDepth, 1, MAX_DEPTH);
      return this;
    }

    /**
     * Sets the prefix of call ids, which the index of the call follows. Defaults to {@code call_}.
     * Each answer of a conversation needs its own prefix.
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

    /** Returns the options. */
    public ParserOptions build() {
      return new ParserOptions(this);
    }
  }
}
