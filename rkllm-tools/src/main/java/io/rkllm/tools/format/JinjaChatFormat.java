package io.rkllm.tools.format;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.file.ModelFile;
import io.rkllm.file.TokenType;
import io.rkllm.file.TokenizerData;
import io.rkllm.tokenizer.ModelTokenizer;
import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.answer.Answers;
import io.rkllm.tools.parser.Dialects;
import io.rkllm.tools.parser.ParserOptions;
import io.rkllm.tools.parser.ThinkingTags;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A chat format that renders a model's own Jinja chat template.
 *
 * <pre>{@code
 * ChatFormat format = JinjaChatFormat.fromTokenizerConfig(Path.of("Qwen3-0.6B"));
 * }</pre>
 *
 * <p>A template receives the same variables as in transformers: {@code messages}, {@code tools},
 * {@code add_generation_prompt}, {@code enable_thinking}, {@code bos_token} and {@code eos_token}.
 * A template is tested when it is loaded. One that cannot render a question is rejected at that
 * time; other unsupported features, such as tools, are rejected when a conversation uses them.
 * System prompts are put before the user's next message for templates that do not support them.
 *
 * <p>Templates are not trusted: they have no access to classes, files, or the network. A template
 * has at most 262,144 characters; a rendering makes at most about 32 MiB of values and text, which
 * is enough for conversations of a million characters, and takes at most 10 seconds. Templates are
 * interpreted as in Jinja 2, except for features that chat templates do not use: {@code include},
 * {@code import}, {@code extends}, recursive loops, unpacking of arguments and rarely used filters
 * are rejected when a template is loaded or rendered.
 *
 * <p>The rules of {@link ChatFormats} for control tokens, for the order of results and for the
 * token that begins a sequence also apply: the special tokens of the model are neutralized, and so
 * is any text, listed or not, of the forms {@code <|name|>} and {@code <｜name｜>}, the usual tags of
 * thinking and tools, and the tokens of Mistral and Gemma. The template receives call ids as nine
 * letters and digits. Whether adding messages to a conversation only appends to its rendering
 * depends on the template.
 *
 * <p>Immutable and thread-safe.
 */
public final class JinjaChatFormat implements ChatFormat {
  private final Builder from;
  private final ProbedTemplate plain;
  private final ProbedTemplate withTools;

  private JinjaChatFormat(Builder from) {
    this.from = from;
    plain = new ProbedTemplate("the chat template" + from.origin, from.template, from);
    withTools =
        from.toolTemplate == null
            ? plain
            : new ProbedTemplate("the tool template" + from.origin, from.toolTemplate, from);
  }

  /**
   * Returns the format of a model's template.
   *
   * @param path the directory of the original model as published, or its {@code
   *     tokenizer_config.json}; a {@code chat_template.jinja} beside it takes precedence, and the
   *     tokens of a {@code special_tokens_map.json} beside it are special too
   * @throws IllegalArgumentException if there is no such file, no template in it, or the template
   *     cannot be rendered
   * @throws java.io.UncheckedIOException if a file cannot be read
   */
  public static JinjaChatFormat fromTokenizerConfig(Path path) {
    TokenizerConfig config = TokenizerConfig.read(Check.nonNull("path", path));
    if (config.template().isEmpty()) {
      throw new IllegalArgumentException(
          path
              + " has no chat_template, as is usual for models that were not trained for chats;"
              + " use the files of the model's instruct version, or another chat format");
    }
    Builder builder = builder(config.template().get()).tokensOf(config);
    builder.origin = " of " + path.getFileName(); // of the folder alone: clients may read it
    config.toolTemplate().ifPresent(builder::toolTemplate);
    return builder.build();
  }

  /**
   * Returns the chat template in a model file, which writes prompts from their first token on: the
   * token that begins a sequence is left where the template puts it. So prompts have to be made
   * into ids by {@link ModelTokenizer#encode}; {@link ModelFileChat} does that.
   *
   * @return empty if the file holds no template
   * @throws IllegalArgumentException if the template cannot be rendered
   * @throws io.rkllm.file.ModelFileException if the file has changed or cannot be read
   */
  public static Optional<JinjaChatFormat> fromModelFile(ModelFile file) {
    Check.nonNull("file", file);
    return file.chatTemplate().map(template -> fromModelFile(file, template));
  }

  private static JinjaChatFormat fromModelFile(ModelFile file, String template) {
    Builder builder = builder(template).writeBosToken(true);
    builder.origin = " of " + file.path().getFileName();
    file.tokenizer()
        .ifPresent(
            data ->
                builder
                    .bosToken(token(data, data.beginId()))
                    .eosToken(token(data, data.endId()))
                    .specialTokens(controlTokens(data)));
    return builder.build();
  }

  private static String token(TokenizerData data, OptionalInt id) {
    return id.isPresent() ? data.tokens().get(id.getAsInt()) : "";
  }

  private static Set<String> controlTokens(TokenizerData data) {
    return IntStream.range(0, data.size())
        .filter(id -> isControl(data.type(id)))
        .mapToObj(data.tokens()::get)
        .filter(token -> !token.isEmpty())
        .collect(Collectors.toSet());
  }

  /**
   * The token for unknown text is read as a token, like control tokens, where it is spelled out.
   */
  private static boolean isControl(TokenType type) {
    return type == TokenType.CONTROL || type == TokenType.UNKNOWN;
  }

  /** Returns a builder for a template given as text. */
  public static Builder builder(String template) {
    return new Builder(template);
  }

  /** Returns a builder initialized with this format. */
  public Builder toBuilder() {
    return new Builder(from);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the template rejects the conversation or cannot render its
   *     tools; the message contains the template's own error message
   */
  @Override
  public String render(Conversation conversation) {
    return (conversation.tools().isEmpty() ? plain : withTools).render(conversation);
  }

  /**
   * Returns whether the model thinks by default under this template, as with those of Qwen 3.
   * Templates without {@code enable_thinking} have no default that could be changed.
   */
  public boolean thinksByDefault() {
    return plain.thinksByDefault();
  }

  /** Returns the tags around thinking that occur in the template. */
  ThinkingTags thinkingTags() {
    return Dialects.DETECTED.thinkingTags().stream()
        .filter(tags -> from.template.contains(tags.opener()))
        .findFirst()
        .orElse(ThinkingTags.THINK);
  }

  @Override
  public boolean writesBeginToken() {
    return from.writeBosToken;
  }

  @Override
  public ChatMessage.Assistant read(Conversation conversation, String answer) {
    return Answers.read(ParserOptions.forAnswer(conversation, render(conversation)), answer);
  }

  /** Builds {@link JinjaChatFormat}. */
  public static final class Builder {
    final String template;
    String bosToken = "";
    String eosToken = "";
    boolean writeBosToken;
    Set<String> specialTokens = Set.of();
    private @Nullable String toolTemplate;
    private String origin = ""; // what distinguishes it from others in messages

    private Builder(String template) {
      this.template = Check.nonEmptyText("template", template);
    }

    private Builder(Builder from) {
      template = from.template;
      bosToken = from.bosToken;
      eosToken = from.eosToken;
      writeBosToken = from.writeBosToken;
      specialTokens = from.specialTokens;
      toolTemplate = from.toolTemplate;
      origin = from.origin;
    }

    /** Sets a separate template for conversations that declare tools. Defaults to none. */
    public Builder toolTemplate(String template) {
      this.toolTemplate = Check.nonEmptyText("template", template);
      return this;
    }

    /**
     * Sets {@link #bosToken}, {@link #eosToken} and {@link #specialTokens} from a model's files.
     */
    public Builder tokensOf(TokenizerConfig config) {
      Check.nonNull("config", config);
      return bosToken(config.bosToken())
          .eosToken(config.eosToken())
          .specialTokens(config.specialTokens());
    }

    /** Sets the token that begins a sequence. Defaults to none. */
    public Builder bosToken(String token) {
      this.bosToken = Check.text("token", token);
      return this;
    }

    /** Sets the token that ends a sequence. Defaults to none. */
    public Builder eosToken(String token) {
      this.eosToken = Check.text("token", token);
      return this;
    }

    /**
     * Sets whether the token that begins a sequence is kept where the template writes it. Defaults
     * to false: the token is removed, since the tokenizer is expected to add it.
     */
    public Builder writeBosToken(boolean write) {
      this.writeBosToken = write;
      return this;
    }

    /**
     * Sets additional special tokens of the model that are neutralized in texts. Defaults to none.
     */
    public Builder specialTokens(Collection<String> tokens) {
      this.specialTokens = Set.copyOf(Check.nonNull("tokens", tokens));
      return this;
    }

    /**
     * Builds the format and tests the template.
     *
     * @throws IllegalArgumentException if the template cannot be parsed or cannot render a
     *     question; the message contains the position and the reason
     */
    public JinjaChatFormat build() {
      return new JinjaChatFormat(new Builder(this));
    }
  }
}
