package io.rkllm.file;

import io.rkllm.internal.check.Check;
import io.rkllm.runtime.Soc;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The facts of a model file, read without the runtime: what it was converted from and for, the
 * shape of the model, its tokenizer and its chat template.
 *
 * {@snippet :
 * ModelFile file = ModelFile.read(Path.of("qwen3-1.7b.rkllm"));
 * int limit = file.maxContext().orElse(4096);
 * }
 *
 * <p>The vendor does not document the format of these files, so each fact is optional, and what a
 * method returns is what the file says, not what the runtime makes of it. Facts without a method of
 * their own are there by {@linkplain #value key}.
 *
 * <p>{@link #read} reads the directory at the beginning of the file, never the weights, and keeps
 * little of it. The vocabulary, the chat template and long values are read from the file each time
 * that they are asked for; the file must still be there then, and unchanged.
 *
 * <p>A file may come from anybody: lengths, counts and nesting are checked against the file and
 * against limits before memory is allocated. A directory has at most 128 MiB, 16,384 entries and
 * 2,097,152 elements in an array.
 *
 * <p>Immutable and thread-safe. Holds no file open.
 */
public final class ModelFile {
  private static final String TEMPLATE = "tokenizer.chat_template";
  private static final String TOOLKIT = "rkllm.version";
  private static final String TOKENS = "tokenizer.ggml.tokens";

  /** Only RK3588 is known; the numbers of other SoCs are not. */
  private static final long RK3588 = 0;

  private static final int BYTES_PER_CACHED_NUMBER = 2;

  /** A petabyte; a shape that needs more is invalid. */
  private static final double MAX_ESTIMATE = 1L << 50;

  private final Path path;
  private final long size;
  private final FileTime modified;
  private final Map<String, Entry> entries;
  private final @Nullable String toolkit;
  private final OptionalLong parameters;

  private ModelFile(
      Path path,
      long size,
      FileTime modified,
      Map<String, Entry> entries,
      @Nullable String toolkit,
      OptionalLong parameters) {
    this.path = path;
    this.size = size;
    this.modified = modified;
    this.entries = entries;
    this.toolkit = toolkit;
    this.parameters = parameters;
  }

  /**
   * Reads the directory of a model file.
   *
   * @throws ModelFileException if it is not a model file of the known format; {@link
   *     ModelFileException#kind()} is the kind of the file
   */
  public static ModelFile read(Path path) {
    Path file = Check.nonNull("path", path);
    if (!Files.isRegularFile(file)) { // reading a pipe or a device might never end
      throw unreadable(file, Files.exists(file) ? "is not a file" : "does not exist", null);
    }
    try (FileInput input = new FileInput(file)) {
      FileTime modified = Files.getLastModifiedTime(file);
      Container container = Container.open(file, input);
      Map<String, Entry> entries = new DirectoryReader(input).readEntries(container.entries());
      OptionalLong parameters = TensorDirectory.countParameters(input, container.tensors());
      Entry release = entries.get(TOOLKIT);
      String toolkit =
          release != null && release.type() == ValueType.STRING
              ? null
              : Container.toolkitAtEnd(input);
      return new ModelFile(file, input.size(), modified, entries, toolkit, parameters);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** Returns the path of the file, as it was given. */
  public Path path() {
    return path;
  }

  /** Returns the size of the file in bytes. */
  public long size() {
    return size;
  }

  /**
   * Returns the architecture, {@code general.architecture}: such as {@code qwen2} or {@code llama},
   * or {@code custom}.
   */
  public Optional<String> architecture() {
    return text("general.architecture");
  }

  /** Returns the name of the model, {@code general.name}. */
  public Optional<String> name() {
    return text("general.name");
  }

  /**
   * Returns the Hugging Face class of the model, {@code rkllm.model_name}, such as {@code
   * Qwen3ForCausalLM}.
   */
  public Optional<String> modelClass() {
    return text("rkllm.model_name");
  }

  /** Returns the release of the toolkit that wrote the file, such as {@code 1.3.1}. */
  public Optional<String> toolkit() {
    return text(TOOLKIT).or(() -> Optional.ofNullable(toolkit));
  }

  /** Returns the number of the file type, {@code general.file_type}; 1 is FP16. */
  public OptionalInt fileType() {
    return count("general.file_type");
  }

  /**
   * Returns the SoC that the model was converted for, {@code rkllm.platform}. Empty also if the
   * file contains an unknown number, which {@link #value} returns.
   */
  public Optional<Soc> platform() {
    return switch (value("rkllm.platform").orElse(null)) {
      case ModelValue.Whole(long number) when number == RK3588 -> Optional.of(Soc.RK3588);
      case ModelValue.Text(String name) ->
          Arrays.stream(Soc.values()).filter(soc -> soc.name().equalsIgnoreCase(name)).findAny();
      case null, default -> Optional.empty();
    };
  }

  /** Returns the number of NPU cores that the model was converted for. */
  public OptionalInt npuCores() {
    return count("rkllm.core_num");
  }

  /** Returns the largest context length that the model can be loaded with, in tokens. */
  public OptionalInt maxContext() {
    return count("rkllm.max_context");
  }

  /** Returns the context length that the model was trained for, in tokens. */
  public OptionalInt trainedContext() {
    return shape("context_length");
  }

  /** Returns the number of tokens in the vocabulary, whether or not the file contains them. */
  public OptionalInt vocabularySize() {
    OptionalInt size = shape("vocab_size");
    Entry tokens = entries.get(TOKENS);
    return size.isEmpty() && tokens != null && tokens.type() == ValueType.ARRAY
        ? OptionalInt.of(tokens.count())
        : size;
  }

  /** Returns the number of floats in an embedding. */
  public OptionalInt embeddingWidth() {
    return shape("embedding_length");
  }

  /** Returns the number of layers. */
  public OptionalInt layers() {
    return shape("block_count");
  }

  /** Returns the number of attention heads in a layer. */
  public OptionalInt heads() {
    return shape("attention.head_count");
  }

  /** Returns the number of heads in a layer of the KV cache. */
  public OptionalInt keyValueHeads() {
    return entries.containsKey(shapeKey("attention.head_count_kv"))
        ? shape("attention.head_count_kv")
        : heads();
  }

  /** Returns the number of floats in a key, in one head. */
  public OptionalInt headWidth() {
    OptionalInt width = shape("attention.key_length");
    OptionalInt embedding = embeddingWidth();
    OptionalInt heads = heads();
    return width.isEmpty() && embedding.isPresent() && heads.orElse(0) > 0
        ? OptionalInt.of(embedding.getAsInt() / heads.getAsInt())
        : width;
  }

  /**
   * Returns the number of parameters, which is the sum of the sizes of all tensors in the file's
   * directory. Empty if the directory of tensors is not as expected.
   */
  public OptionalLong parameters() {
    return parameters;
  }

  /**
   * Returns whether the file contains the word embeddings, according to {@code
   * rkllm.has_embedding}.
   */
  public boolean hasEmbeddings() {
    return flag("rkllm.has_embedding").orElse(false);
  }

  /**
   * Returns whether the file contains a tokenizer, according to {@code rkllm.has_tokenizer} or, if
   * that is missing, to the presence of a vocabulary.
   */
  public boolean hasTokenizer() {
    return flag("rkllm.has_tokenizer").orElse(entries.containsKey(TOKENS));
  }

  /** Returns whether the file holds a vocabulary, whatever {@link #hasTokenizer} says. */
  public boolean hasVocabulary() {
    return entries.containsKey(TOKENS);
  }

  /**
   * Returns whether the file describes a vision encoder, with keys that begin with {@code
   * rkllm.vision.}.
   */
  public boolean hasVision() {
    return entries.keySet().stream().anyMatch(key -> key.startsWith("rkllm.vision."));
  }

  /** Returns whether the file contains a chat template. */
  public boolean hasChatTemplate() {
    Entry template = entries.get(TEMPLATE);
    return template != null && template.type() == ValueType.STRING && template.count() > 0;
  }

  /**
   * Reads the chat template, which is written in Jinja.
   *
   * @throws ModelFileException if the file has changed or cannot be read
   */
  public Optional<String> chatTemplate() {
    return text(TEMPLATE).filter(template -> !template.isEmpty());
  }

  /**
   * Reads the tokenizer. Empty if the file has no vocabulary.
   *
   * @throws ModelFileException if the file has changed or cannot be read, or if its tokenizer is
   *     inconsistent
   */
  public Optional<TokenizerData> tokenizer() {
    return entries.containsKey(TOKENS)
        ? Optional.of(readAgain(this::readTokenizer))
        : Optional.empty();
  }

  private TokenizerData readTokenizer(FileInput input) throws IOException {
    DirectoryReader reader = new DirectoryReader(input);
    StringTable tokens = StringTable.EMPTY;
    StringTable merges = StringTable.EMPTY;
    float[] scores = {};
    int[] types = {};
    for (Map.Entry<String, Entry> entry : entries.entrySet()) {
      String key = entry.getKey();
      switch (key) {
        case TOKENS -> tokens = reader.readTexts(key, entry.getValue());
        case "tokenizer.ggml.merges" -> merges = reader.readTexts(key, entry.getValue());
        case "tokenizer.ggml.scores" -> scores = reader.readFloats(key, entry.getValue());
        case "tokenizer.ggml.token_type" -> types = reader.readInts(key, entry.getValue());
        default -> {}
      }
    }
    requireOneEach("scores", scores.length, tokens, input);
    requireOneEach("token types", types.length, tokens, input);
    return new TokenizerData(this, tokens, merges, scores, types);
  }

  private static void requireOneEach(String what, int count, StringTable tokens, FileInput input) {
    if (count != 0 && count != tokens.size()) {
      throw input.damaged("has " + tokens.size() + " tokens, but " + count + " " + what);
    }
  }

  /** Returns the keys of all entries, in the order of the file. */
  public Set<String> keys() {
    return Collections.unmodifiableSet(entries.keySet());
  }

  /**
   * Reads the value of an entry. Arrays are read completely, which takes memory for a vocabulary;
   * {@link #tokenizer()} needs less.
   *
   * @return the value, or empty if the file has no such key
   * @throws ModelFileException if the file has changed or cannot be read
   */
  public Optional<ModelValue> value(String key) {
    Entry entry = entries.get(Check.nonNull("key", key));
    if (entry == null) {
      return Optional.empty();
    }
    return Optional.of(
        entry.value() != null
            ? entry.value()
            : readAgain(input -> new DirectoryReader(input).readValue(entry)));
  }

  /**
   * Estimates the NPU memory that the model needs, without buffers for intermediate results: the
   * weights from the size of the file, the KV cache as layers × heads × width × 2, with 16 bits per
   * number.
   *
   * @param contextLength the number of tokens that the model is loaded for
   * @return the estimate, or empty if the file does not contain the shape of the model
   * @throws IllegalArgumentException if the context length is not positive
   */
  public Optional<MemoryEstimate> memoryEstimate(int contextLength) {
    Check.inRange("contextLength", contextLength, 1, Integer.MAX_VALUE);
    OptionalInt layers = layers();
    OptionalInt heads = keyValueHeads();
    OptionalInt width = headWidth();
    if (layers.isEmpty() || heads.isEmpty() || width.isEmpty()) {
      return Optional.empty();
    }
    double kvCache =
        2.0
            * BYTES_PER_CACHED_NUMBER
            * layers.getAsInt()
            * heads.getAsInt()
            * width.getAsInt()
            * contextLength;
    return kvCache > MAX_ESTIMATE
        ? Optional.empty()
        : Optional.of(new ShapeEstimate(contextLength, size, (long) kvCache));
  }

  Optional<String> text(String key) {
    return value(key).orElse(null) instanceof ModelValue.Text(String text)
        ? Optional.of(text)
        : Optional.empty();
  }

  Optional<Boolean> flag(String key) {
    return switch (value(key).orElse(null)) {
      case ModelValue.Flag(boolean flag) -> Optional.of(flag);
      case ModelValue.Whole(long number) -> Optional.of(number != 0);
      case null, default -> Optional.empty();
    };
  }

  /** Returns a count. Values outside 0 to 2³¹ − 1 are ignored. */
  OptionalInt count(String key) {
    return value(key).orElse(null) instanceof ModelValue.Whole(long number)
            && number >= 0
            && number <= Integer.MAX_VALUE
        ? OptionalInt.of((int) number)
        : OptionalInt.empty();
  }

  private OptionalInt shape(String key) {
    return count(shapeKey(key));
  }

  private String shapeKey(String key) {
    return architecture().orElse("") + "." + key;
  }

  /** Reads more of the file, after checking that it has not changed. */
  private <T> T readAgain(Reading<T> reading) {
    try (FileInput input = new FileInput(path)) {
      if (input.size() != size || !Files.getLastModifiedTime(path).equals(modified)) {
        throw unreadable(path, "has changed since it was read; read it again", null);
      }
      return reading.read(input);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private interface Reading<T> {
    T read(FileInput input) throws IOException;
  }

  private static ModelFileException unreadable(Path file, IOException e) {
    return unreadable(
        file,
        e instanceof ClosedByInterruptException
            ? "was not read, because the thread was interrupted"
            : "cannot be read: " + e,
        e);
  }

  private static ModelFileException unreadable(
      Path file, String problem, @Nullable Throwable cause) {
    return new ModelFileException(ModelFileException.Kind.UNREADABLE, file, problem, cause);
  }

  /**
   * Returns a string such as {@code ModelFile[qwen3.rkllm, qwen3, RK3588, toolkit 1.3.1, context
   * 4096 at most]}.
   */
  @Override
  public String toString() {
    StringJoiner facts = new StringJoiner(", ", "ModelFile[", "]");
    facts.add(String.valueOf(path.getFileName()));
    architecture().ifPresent(facts::add);
    platform().ifPresent(soc -> facts.add(soc.name()));
    toolkit().ifPresent(release -> facts.add("toolkit " + release));
    maxContext().ifPresent(limit -> facts.add("context " + limit + " at most"));
    return facts.toString();
  }
}
