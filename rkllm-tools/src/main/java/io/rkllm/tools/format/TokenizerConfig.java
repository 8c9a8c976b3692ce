package io.rkllm.tools.format;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * The chat template and the special tokens of a model, as its {@code tokenizer_config.json} and the
 * files {@code chat_template.jinja} and {@code special_tokens_map.json} beside it define them.
 *
 * <p>Immutable. Applications do not implement this interface; methods may be added.
 */
public interface TokenizerConfig {

  /**
   * Reads the files of a model.
   *
   * @param path the directory of the original model as published, or its {@code
   *     tokenizer_config.json}
   * @throws IllegalArgumentException if there is no such file, or it is not a tokenizer
   *     configuration
   * @throws java.io.UncheckedIOException if a file cannot be read
   */
  static TokenizerConfig read(Path path) {
    return TokenizerConfigFiles.read(path);
  }

  /** Returns the chat template. */
  Optional<String> template();

  /**
   * Returns the template for conversations that declare tools; empty if it is the same template.
   */
  Optional<String> toolTemplate();

  /** Returns the token that begins a sequence; empty if there is none. */
  String bosToken();

  /** Returns the token that ends a sequence; empty if there is none. */
  String eosToken();

  /**
   * Returns whether the tokenizer puts {@link #bosToken} before each text; empty if the file does
   * not specify it, in which case {@code tokenizer.json} decides.
   */
  Optional<Boolean> addsBosToken();

  /** Returns all special tokens that the files list. */
  Set<String> specialTokens();
}
