package io.rkllm.file;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The tokenizer of a model file: its vocabulary, merges and special tokens, unchanged. Everything
 * that the file does not contain is absent. Immutable and thread-safe; takes about as much memory
 * as in the file, 5 to 20 MB.
 */
public final class TokenizerData {
  private final ModelFile file;
  private final StringTable tokens;
  private final StringTable merges;
  private final float[] scores;
  private final int[] types;

  TokenizerData(
      ModelFile file, StringTable tokens, StringTable merges, float[] scores, int[] types) {
    this.file = file;
    this.tokens = tokens;
    this.merges = merges;
    this.scores = scores;
    this.types = types;
  }

  /**
   * Returns the kind of tokenizer, {@code tokenizer.ggml.model}: {@code gpt2} for byte-level BPE,
   * {@code llama} for SentencePiece, and others as in GGUF.
   */
  public Optional<String> model() {
    return file.text("tokenizer.ggml.model");
  }

  /**
   * Returns the name of the rules that split text before BPE, {@code tokenizer.ggml.pre}, such as
   * {@code qwen2} or {@code llama-bpe}. Toolkits have written {@code default} for families with
   * their own rules.
   */
  public Optional<String> preTokenizer() {
    return file.text("tokenizer.ggml.pre");
  }

  /** Returns the number of tokens. */
  public int size() {
    return tokens.size();
  }

  /**
   * Returns the tokens by id, in the spelling of the vocabulary: byte-level BPE writes a space as
   * {@code Ġ}, SentencePiece as {@code ▁}. Bytes that are not valid UTF-8 appear as U+FFFD. The
   * list is unmodifiable and decodes an element each time it is read.
   */
  public List<String> tokens() {
    return Collections.unmodifiableList(tokens);
  }

  /**
   * Returns the bytes of a token, in the spelling of the vocabulary.
   *
   * @throws IndexOutOfBoundsException if there is no such token
   */
  public byte[] tokenBytes(int id) {
    return tokens.bytes(Objects.checkIndex(id, size()));
  }

  /**
   * Returns the type of a token, or {@link TokenType#UNDEFINED} if the file has no types.
   *
   * @throws IndexOutOfBoundsException if there is no such token
   */
  public TokenType type(int id) {
    Objects.checkIndex(id, size());
    return types.length == 0 ? TokenType.UNDEFINED : TokenType.of(types[id]);
  }

  /** Returns whether the file has scores, which SentencePiece needs. */
  public boolean hasScores() {
    return scores.length > 0;
  }

  /**
   * Returns the score of a token, or 0 if the file has no scores.
   *
   * @throws IndexOutOfBoundsException if there is no such token
   */
  public float score(int id) {
    Objects.checkIndex(id, size());
    return scores.length == 0 ? 0 : scores[id];
  }

  /**
   * Returns the merges of BPE in the order of their application: two tokens separated by a space.
   * Empty if the file has none. The list is unmodifiable and decodes an element each time it is
   * read.
   */
  public List<String> merges() {
    return Collections.unmodifiableList(merges);
  }

  /** Returns the token that begins a text. */
  public OptionalInt beginId() {
    return id("bos_token_id");
  }

  /** Returns the token that ends a text, and with most models an answer. */
  public OptionalInt endId() {
    return id("eos_token_id");
  }

  /** Returns the token that ends a turn, if it differs from {@link #endId()}. */
  public OptionalInt endOfTurnId() {
    return id("eot_token_id");
  }

  /** Returns the token for text that is not in the vocabulary. */
  public OptionalInt unknownId() {
    return id("unknown_token_id");
  }

  /** Returns the padding token. */
  public OptionalInt paddingId() {
    return id("padding_token_id");
  }

  /** Returns whether {@link #beginId()} precedes a text. */
  public Optional<Boolean> addsBegin() {
    return file.flag("tokenizer.ggml.add_bos_token");
  }

  /** Returns whether {@link #endId()} follows a text. */
  public Optional<Boolean> addsEnd() {
    return file.flag("tokenizer.ggml.add_eos_token");
  }

  /** Returns whether SentencePiece puts a space before a text. */
  public Optional<Boolean> addsSpacePrefix() {
    return file.flag("tokenizer.ggml.add_space_prefix");
  }

  /**
   * Returns a token id. Ids that are not in the vocabulary, such as −1 or 2³² − 1, count as absent.
   */
  private OptionalInt id(String key) {
    OptionalInt id = file.count("tokenizer.ggml." + key);
    return id.isPresent() && id.getAsInt() < size() ? id : OptionalInt.empty();
  }

  /** Returns a string such as {@code TokenizerData[gpt2, qwen2, 151936 tokens, 151387 merges]}. */
  @Override
  public String toString() {
    return "TokenizerData[%s, %s, %d tokens, %d merges]"
        .formatted(
            model().orElse("model unknown"),
            preTokenizer().orElse("no pre-tokenizer"),
            size(),
            merges.size());
  }
}
