package io.rkllm.simulator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes model files of the real form, so that what reads the facts, the tokenizer and the chat
 * template of a {@code .rkllm} file can be tested without one. The simulator's script stands in an
 * entry of its own, and the simulated library loads such a file like a script.
 *
 * {@snippet :
 * Path model =
 *     SimulatorModelFile.of(Files.readString(Simulator.demonstrationModel()))
 *         .byteTokens()
 *         .chatTemplate("{% for message in messages %}…{% endfor %}")
 *         .write(folder.resolve("demo.rkllm"));
 * }
 *
 * <p>The facts come from the script: {@code platform}, {@code npu-cores}, {@code context-limit},
 * {@code toolkit}, {@code name}, {@code embd}, {@code layers}, {@code kv-heads}, {@code head-dim},
 * {@code vocab}, {@code tokenizer} and {@code embedding}. The methods of this class replace them,
 * or add entries under any other key. Such files are for the simulator alone; the vendor's runtime
 * cannot load them.
 *
 * <p>Not thread-safe.
 *
 * @since 0.1.0
 */
public final class SimulatorModelFile {
  /** Token types: those of GGUF that are needed here. */
  private static final int NORMAL = 1;

  private static final int CONTROL = 3;
  private static final int ADDED = 4;

  private static final List<String> CONTROL_TOKENS =
      List.of(
          "<|endoftext|>",
          "<|im_start|>",
          "<|im_end|>",
          "<|vision_start|>",
          "<|vision_end|>",
          "<|image_pad|>",
          "<|video_pad|>");
  private static final List<String> ADDED_TOKENS =
      List.of(
          "<think>",
          "</think>",
          "<tool_call>",
          "</tool_call>",
          "<tool_response>",
          "</tool_response>");

  private final ScriptFacts script;
  private final Map<String, byte[]> entries = new LinkedHashMap<>();
  private String architecture = "qwen3";
  private int tokens;
  private long size;

  private SimulatorModelFile(ScriptFacts script) {
    this.script = script;
  }

  /**
   * Begins a file around a script.
   *
   * @param script a whole model of the simulator, as docs/simulator-models.md describes it
   * @return the file to add to and to write
   * @throws IllegalArgumentException if the text does not begin like such a model
   */
  public static SimulatorModelFile of(String script) {
    return new SimulatorModelFile(ScriptFacts.of(Objects.requireNonNull(script, "script")));
  }

  /**
   * Sets the architecture, {@code qwen3} by default. It is also the prefix of the keys that tell
   * the model's shape.
   *
   * @param value such as {@code llama}
   * @return this
   */
  public SimulatorModelFile architecture(String value) {
    architecture = Objects.requireNonNull(value, "value");
    return this;
  }

  /**
   * Adds the chat template.
   *
   * @param jinja the template, in the language Jinja
   * @return this
   */
  public SimulatorModelFile chatTemplate(String jinja) {
    return text("tokenizer.chat_template", jinja);
  }

  /**
   * Adds a vocabulary of single bytes with the control tokens of Qwen, so that text has as many
   * tokens as bytes.
   *
   * @return this
   */
  public SimulatorModelFile byteTokens() {
    List<String> bytes = IntStream.range(0, 256).mapToObj(SimulatorModelFile::spelled).toList();
    int[] types =
        IntStream.concat(
                IntStream.concat(
                    bytes.stream().mapToInt(token -> NORMAL),
                    CONTROL_TOKENS.stream().mapToInt(token -> CONTROL)),
                ADDED_TOKENS.stream().mapToInt(token -> ADDED))
            .toArray();
    return text("tokenizer.ggml.model", "gpt2")
        .text("tokenizer.ggml.pre", "qwen2")
        .texts(
            "tokenizer.ggml.tokens",
            Stream.of(bytes, CONTROL_TOKENS, ADDED_TOKENS).flatMap(List::stream).toList())
        .numbers("tokenizer.ggml.token_type", types)
        .number("tokenizer.ggml.eos_token_id", 256 + CONTROL_TOKENS.indexOf("<|im_end|>"))
        .flag("tokenizer.ggml.add_bos_token", false);
  }

  /** Returns a byte as byte-level BPE spells it. */
  private static String spelled(int value) {
    if (isPrintable(value)) {
      return Character.toString(value);
    }
    return Character.toString(
        0x100 + (int) IntStream.range(0, value).filter(other -> !isPrintable(other)).count());
  }

  private static boolean isPrintable(int value) {
    return (value > ' ' && value < 0x7F) || (value > 0xA0 && value != 0xAD);
  }

  /**
   * Adds a text. An entry of the same key is replaced, as with the methods below.
   *
   * @param key the key, such as {@code general.name}
   * @param value the text
   * @return this
   */
  public SimulatorModelFile text(String key, String value) {
    return put(key, new MaskedBytes().type(MaskedBytes.TEXT).text(value));
  }

  /**
   * Adds a whole number.
   *
   * @param key the key, such as {@code tokenizer.ggml.bos_token_id}
   * @param value the number
   * @return this
   */
  public SimulatorModelFile number(String key, int value) {
    return put(key, new MaskedBytes().type(MaskedBytes.UINT32).number(value));
  }

  /**
   * Adds a truth value.
   *
   * @param key the key, such as {@code rkllm.has_tokenizer}
   * @param value the truth value
   * @return this
   */
  public SimulatorModelFile flag(String key, boolean value) {
    return put(key, new MaskedBytes().type(MaskedBytes.FLAG).flag(value));
  }

  /**
   * Adds an array of texts. Under {@code tokenizer.ggml.tokens} it is the vocabulary, which the
   * simulator uses in place of its own.
   *
   * @param key the key, such as {@code tokenizer.ggml.merges}
   * @param values the texts
   * @return this
   */
  public SimulatorModelFile texts(String key, List<String> values) {
    if (key.equals("tokenizer.ggml.tokens")) {
      tokens = values.size();
    }
    MaskedBytes array = new MaskedBytes().array(MaskedBytes.TEXT, values.size());
    values.forEach(array::text);
    return put(key, array);
  }

  /**
   * Adds an array of whole numbers.
   *
   * @param key the key, such as {@code tokenizer.ggml.token_type}
   * @param values the numbers
   * @return this
   */
  public SimulatorModelFile numbers(String key, int... values) {
    MaskedBytes array = new MaskedBytes().array(MaskedBytes.INT32, values.length);
    IntStream.of(values).forEach(array::number);
    return put(key, array);
  }

  /**
   * Adds an array of floating-point numbers.
   *
   * @param key the key, such as {@code tokenizer.ggml.scores}
   * @param values the numbers
   * @return this
   */
  public SimulatorModelFile reals(String key, float... values) {
    MaskedBytes array = new MaskedBytes().array(MaskedBytes.FLOAT32, values.length);
    for (float value : values) {
      array.number(Float.floatToIntBits(value));
    }
    return put(key, array);
  }

  private SimulatorModelFile put(String key, MaskedBytes value) {
    entries.put(Objects.requireNonNull(key, "key"), value.bytes());
    return this;
  }

  /**
   * Makes the file as large as a real one. The bytes that no entry takes occupy no storage where
   * the file system has sparse files.
   *
   * @param bytes the least size of the file
   * @return this
   */
  public SimulatorModelFile size(long bytes) {
    size = bytes;
    return this;
  }

  /**
   * Writes the file, replacing what is there.
   *
   * @param file where to write
   * @return the same path
   * @throws IOException if it cannot be written
   */
  public Path write(Path file) throws IOException {
    byte[] end =
        ("rkllm-toolkit version: " + script.text("toolkit", "1.3.1"))
            .getBytes(StandardCharsets.US_ASCII);
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.SPARSE)) {
      writeAll(channel, directory());
      channel.position(Math.max(channel.position() + 64, size - end.length));
      writeAll(channel, end);
    }
    return file;
  }

  private byte[] directory() {
    SimulatorModelFile whole = new SimulatorModelFile(script);
    whole.addFacts(architecture, tokens);
    whole.entries.putAll(entries);
    whole.text("rkllm.simulator.script", script.script());
    MaskedBytes out = new MaskedBytes().magic().number(3).wide(1).wide(whole.entries.size());
    whole.entries.forEach((key, value) -> out.text(key).raw(value));
    return out.text("token_embd.weight")
        .number(2)
        .wide(script.number("embd", 64))
        .wide(vocabulary(tokens))
        .number(1)
        .wide(0)
        .bytes();
  }

  private int vocabulary(int tokens) {
    return script.number("vocab", Math.max(tokens, 1));
  }

  private void addFacts(String prefix, int tokens) {
    text("general.architecture", prefix);
    text("general.name", script.text("name", "simulated"));
    number("general.file_type", 1);
    number(prefix + ".block_count", script.number("layers", 2));
    number(prefix + ".vocab_size", vocabulary(tokens));
    number(prefix + ".embedding_length", script.number("embd", 64));
    number(prefix + ".attention.head_count", script.number("kv-heads", 2));
    number(prefix + ".attention.head_count_kv", script.number("kv-heads", 2));
    number(prefix + ".attention.key_length", script.number("head-dim", 16));
    String platform = script.text("platform", "RK3588");
    if (platform.equals("RK3588")) {
      number("rkllm.platform", 0);
    } else {
      text("rkllm.platform", platform); // the numbers of other chips are not known
    }
    number("rkllm.core_num", script.number("npu-cores", 3));
    text("rkllm.version", script.text("toolkit", "1.3.1"));
    number("rkllm.max_context", script.number("context-limit", 4096));
    flag("rkllm.has_embedding", !script.text("embedding", "own").equals("none"));
    flag("rkllm.has_tokenizer", !script.text("tokenizer", "own").equals("none"));
  }

  private static void writeAll(SeekableByteChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /**
   * Writes a file from the command line: {@code java -cp rkllm-simulator.jar
   * io.rkllm.simulator.SimulatorModelFile SCRIPT FILE [TEMPLATE]}, with a vocabulary of single
   * bytes.
   *
   * @param arguments the script, the file to write and, if wanted, a file with the chat template
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String... arguments) throws IOException {
    if (arguments.length < 2 || arguments.length > 3) {
      System.err.println("usage: SimulatorModelFile SCRIPT FILE [TEMPLATE]");
      System.exit(2);
    }
    SimulatorModelFile model = of(Files.readString(Path.of(arguments[0]))).byteTokens();
    if (arguments.length == 3) {
      model.chatTemplate(Files.readString(Path.of(arguments[2])));
    }
    System.out.println("wrote " + model.write(Path.of(arguments[1])));
  }
}
