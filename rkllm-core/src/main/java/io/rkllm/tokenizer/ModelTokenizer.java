package io.rkllm.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rkllm.file.ModelFile;
import io.rkllm.file.ModelValue;
import io.rkllm.file.TokenType;
import io.rkllm.file.TokenizerData;
import io.rkllm.input.Tokenizer;
import io.rkllm.internal.check.Check;
import java.io.ByteArrayOutputStream;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * The tokenizer of a model file. It counts the tokens of a prompt, and converts text to the ids
 * that the model was trained with, without the runtime.
 *
 * {@snippet :
 * ModelTokenizer tokenizer = ModelTokenizer.of(ModelFile.read(path)).orElseThrow();
 * int length = tokenizer.count("Why is the sky blue?");
 * int[] ids = tokenizer.encodePrompt("<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n");
 * }
 *
 * <p>Byte-level BPE ({@code gpt2}) and SentencePiece's BPE ({@code llama}) are known, as the
 * families of Qwen, Llama, DeepSeek, Gemma, Mistral, Phi, GLM and others use them.
 *
 * <p>Immutable and thread-safe. Takes 10 to 25 MB of heap for a vocabulary of 150,000 to 260,000
 * tokens. Encoding needs memory in proportion to the longest word of a text, or to the whole text
 * for some vocabularies: about 60 bytes for each character.
 */
public final class ModelTokenizer implements Tokenizer {
  private final TextEncoder encoder;
  private final ControlTokens added; // to the vocabulary, and part of ordinary text
  private final ControlTokens addedAndControl;
  private final String description;
  private final int vocabularySize;
  private final OptionalInt beginToken;
  private final OptionalInt endToken;
  private final boolean spacePrefix;

  private ModelTokenizer(
      TokenizerData data, TextEncoder encoder, boolean addsBegin, boolean spacePrefix) {
    this.encoder = encoder;
    description =
        "%s, %s, %d tokens"
            .formatted(data.model().orElse(""), data.preTokenizer().orElse("default"), data.size());
    vocabularySize = data.size();
    beginToken = addsBegin ? data.beginId() : OptionalInt.empty();
    endToken = data.addsEnd().orElse(false) ? data.endId() : OptionalInt.empty();
    this.spacePrefix = spacePrefix;
    TokenTypes types = new TokenTypes(data);
    NavigableMap<String, Integer> userDefined = new TreeMap<>();
    NavigableMap<String, Integer> all = new TreeMap<>();
    for (int id = 0; id < data.size(); id++) {
      TokenType type = types.of(id);
      if (type == TokenType.USER_DEFINED) {
        userDefined.putIfAbsent(data.tokens().get(id), id);
      }
      if (type == TokenType.USER_DEFINED
          || type == TokenType.CONTROL
          || type == TokenType.UNKNOWN) {
        all.putIfAbsent(data.tokens().get(id), id);
      }
    }
    added = new ControlTokens(userDefined);
    addedAndControl = new ControlTokens(all);
  }

  /**
   * Reads the tokenizer of a model file, which takes less than a second.
   *
   * @return the tokenizer, or empty if the file contains none or one of an unknown kind
   * @throws io.rkllm.file.ModelFileException if the file has changed or cannot be read
   */
  public static Optional<ModelTokenizer> of(ModelFile file) {
    Check.nonNull("file", file);
    String family = familyOf(file);
    return file.tokenizer().flatMap(data -> of(data, family));
  }

  /**
   * Returns whether the runtime splits text into other tokens than the model was trained with. The
   * toolkit writes {@code tokenizer.ggml.pre} = {@code default} for families whose rules it does
   * not know, such as Qwen 3.5; numbers are then read wrongly. This class uses the rules of the
   * family instead, so prompts should be sent as its ids.
   *
   * @param file the model file
   */
  public static boolean correctsRuntime(ModelFile file) {
    Check.nonNull("file", file);
    return text(file, "tokenizer.ggml.model").equals("gpt2")
        && PreTokenizer.replaces(text(file, "tokenizer.ggml.pre"), familyOf(file));
  }

  /**
   * Returns why the tokenizer in a model file cannot be used; empty if it can, or if the file has
   * none. The runtime can use it in any case, but {@link #of} returns nothing then.
   *
   * @throws io.rkllm.file.ModelFileException if the file has changed or cannot be read
   */
  public static Optional<String> unsupported(ModelFile file) {
    Check.nonNull("file", file);
    Optional<TokenizerData> data = file.tokenizer();
    if (data.isEmpty() || of(data.get(), familyOf(file)).isPresent()) {
      return Optional.empty();
    }
    String model = data.get().model().orElse("");
    return Optional.of(
        switch (model) {
          case "gpt2" ->
              "its rules for splitting text, %s, are not supported"
                  .formatted(data.get().preTokenizer().orElse("unnamed"));
          case "t5" -> unsupportedKind("t5 (Unigram)");
          case "bert" -> unsupportedKind("bert (WordPiece)");
          default -> unsupportedKind(model.isEmpty() ? "not named" : model);
        });
  }

  private static String unsupportedKind(String kind) {
    return "its kind, "
        + kind
        + ", is not supported; supported are gpt2 (byte-level BPE) and llama (BPE of SentencePiece)";
  }

  private static String text(ModelFile file, String key) {
    return file.value(key).orElse(null) instanceof ModelValue.Text(String text) ? text : "";
  }

  private static String familyOf(ModelFile file) {
    return file.architecture().orElse("") + ' ' + file.modelClass().orElse("");
  }

  private static Optional<ModelTokenizer> of(TokenizerData data, String family) {
    return switch (data.model().orElse("")) {
      case "gpt2" ->
          PreTokenizer.named(data.preTokenizer().orElse(""), family)
              .map(words -> byteLevel(data, words));
      case "llama" -> Optional.of(pieces(data));
      default -> Optional.empty();
    };
  }

  private static ModelTokenizer byteLevel(TokenizerData data, PreTokenizer words) {
    boolean addsBegin = data.addsBegin().orElse(words.prefersWholeWords());
    return new ModelTokenizer(data, new ByteLevelEncoder(data, words), addsBegin, false);
  }

  private static ModelTokenizer pieces(TokenizerData data) {
    boolean spacePrefix = data.addsSpacePrefix().orElse(true);
    boolean addsBegin = data.addsBegin().orElse(true);
    return new ModelTokenizer(data, new PieceEncoder(data, spacePrefix), addsBegin, spacePrefix);
  }

  /**
   * Returns the ids of a text. Control tokens that are spelled out in it, such as {@code
   * <|im_end|>}, become those tokens; nothing is added.
   */
  @Override
  public int[] encode(String text) {
    return encode(Check.nonNull("text", text), addedAndControl);
  }

  /**
   * Returns the ids of a whole prompt, as {@link #encode} does, preceded by the token that begins a
   * sequence if the model requires it and the text does not contain it.
   */
  public int[] encodePrompt(String text) {
    int[] ids = encode(text);
    if (beginToken.isEmpty() || (ids.length > 0 && ids[0] == beginToken.getAsInt())) {
      return ids;
    }
    return IntStream.concat(beginToken.stream(), IntStream.of(ids)).toArray();
  }

  /**
   * Returns the ids of a complete text, such as one that is embedded: as {@link #encodePrompt}
   * does, followed by the token that ends a text if the file requires it, which it does for some
   * embedding models.
   */
  public int[] encodeSequence(String text) {
    int[] ids = encodePrompt(text);
    if (endToken.isEmpty() || (ids.length > 0 && ids[ids.length - 1] == endToken.getAsInt())) {
      return ids;
    }
    return IntStream.concat(IntStream.of(ids), endToken.stream()).toArray();
  }

  /**
   * Returns the ids of untrusted text, such as a user's or a document's: text that looks like a
   * control token remains text.
   */
  public int[] encodeText(String text) {
    return encode(Check.nonNull("text", text), added);
  }

  private int[] encode(String text, ControlTokens apart) {
    IntStream.Builder ids = IntStream.builder();
    IntConsumer tokens = ids::add;
    Consumer<String> between = part -> encoder.encode(part, tokens);
    apart.split(text, tokens, between);
    return ids.build().toArray();
  }

  /** Returns the number of tokens in a text, as {@link #encode} determines them. */
  public int count(String text) {
    return encode(text).length;
  }

  /**
   * Returns a text, or the beginning of a text that has more tokens than allowed, as {@link #count}
   * determines them. The beginning is as long as possible, except that it ends before a character
   * that would be split. Takes the time of some twenty calls of {@code count} for a long text.
   *
   * @param maxTokens the largest number of tokens of the result
   * @throws IllegalArgumentException if the number is negative
   * @since 0.1.0
   */
  public String truncate(String text, int maxTokens) {
    Check.inRange("maxTokens", maxTokens, 0, Integer.MAX_VALUE);
    if (count(text) <= maxTokens) {
      return text;
    }
    int fits = 0;
    int tooLong = text.length();
    while (tooLong - fits > 1) {
      int middle = (fits + tooLong) >>> 1;
      int whole = Character.isHighSurrogate(text.charAt(middle - 1)) ? middle + 1 : middle;
      if (count(text.substring(0, whole)) <= maxTokens) {
        fits = whole;
      } else {
        tooLong = middle;
      }
    }
    return text.substring(0, fits);
  }

  /**
   * Returns the text of token ids, including control tokens. Bytes that are not valid UTF-8, such
   * as those of an incomplete character, become U+FFFD.
   *
   * @throws IndexOutOfBoundsException if an id is not in the vocabulary
   */
  public String decode(int... ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      bytes.writeBytes(encoder.decode(Objects.checkIndex(id, vocabularySize)));
    }
    String text = bytes.toString(UTF_8);
    return spacePrefix && text.startsWith(" ") ? text.substring(1) : text;
  }

  /** Returns the number of tokens in the vocabulary. */
  public int vocabularySize() {
    return vocabularySize;
  }

  /** Returns the token that must begin each sequence, if the model requires one. */
  public OptionalInt beginToken() {
    return beginToken;
  }

  /** Returns a string such as {@code ModelTokenizer[gpt2, qwen2, 151936 tokens]}. */
  @Override
  public String toString() {
    return "ModelTokenizer[" + description + "]";
  }
}
