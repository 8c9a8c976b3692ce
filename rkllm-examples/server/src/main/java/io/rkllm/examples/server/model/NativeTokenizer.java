package io.rkllm.examples.server.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A tokenizer in native memory. A large vocabulary takes hundreds of megabytes, so models with
 * identical files share a tokenizer, which is freed when the last of them closes it. Thread-safe,
 * but must not be used after {@link #close}.
 */
final class NativeTokenizer implements AutoCloseable {
  /**
   * The maximum size of a file: several times that of the largest vocabularies, since the file
   * comes with the model and is not trusted.
   */
  private static final long MAX_BYTES = 128L << 20;

  /**
   * The maximum length of a text in characters. No context is as long, and the effort of {@link
   * TokenizerPattern} stays below what the native library bears.
   */
  private static final int MAX_TEXT = 1 << 21;

  private static final JsonFactory JSON = new JsonFactory();

  private static final Map<String, NativeTokenizer> OPEN = new HashMap<>(); // guarded by the class

  private final TokenizersLibrary library;
  private final String digest;
  private final long handle;
  private int users; // guarded by the class

  private NativeTokenizer(TokenizersLibrary library, String digest, long handle) {
    this.library = library;
    this.digest = digest;
    this.handle = handle;
    // Prompts are never truncated or padded, whatever the file says about batches.
    library.disableTruncation(handle);
    library.disablePadding(handle);
  }

  /**
   * Opens a {@code tokenizer.json}. Each call requires its own call of {@link #close}.
   *
   * @param model the model file, for exceptions
   * @throws io.rkllm.ModelLoadException if the native library of the tokenizers cannot be loaded
   * @throws IllegalArgumentException if the file is not a tokenizer
   */
  static NativeTokenizer open(Path file, Path model) {
    TokenizersLibrary library = TokenizerLibrary.load(model);
    String json = read(file);
    refuseUnboundedPatterns(json, file);
    String digest = digest(json);
    synchronized (NativeTokenizer.class) {
      NativeTokenizer tokenizer = OPEN.get(digest);
      if (tokenizer == null) {
        tokenizer = new NativeTokenizer(library, digest, create(library, json, file));
        OPEN.put(digest, tokenizer);
      }
      tokenizer.users++;
      return tokenizer;
    }
  }

  private static String read(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new IllegalArgumentException(
            "%s has %d bytes, more than the limit of %d for a tokenizer"
                .formatted(file, size, MAX_BYTES));
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** Rejects regular expressions that end the process for some texts. */
  private static void refuseUnboundedPatterns(String json, Path file) {
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.VALUE_STRING
            && "Regex".equals(parser.currentName())
            && !TokenizerPattern.isBounded(parser.getString())) {
          throw new IllegalArgumentException(
              "the tokenizer in %s cannot be used: its regular expression %s may take too long for some texts. Remove the file, to use the tokenizer in the model file"
                  .formatted(file, abbreviated(parser.getString())));
        }
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "the tokenizer in " + file + " cannot be used: it is not valid JSON", e);
    }
  }

  private static String abbreviated(String pattern) {
    return pattern.length() <= 200 ? pattern : pattern.substring(0, 200) + "…";
  }

  private static String digest(String json) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(json.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static long create(TokenizersLibrary library, String json, Path file) {
    try {
      return library.createTokenizerFromString(json);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("the tokenizer in " + file + " cannot be used: " + e, e);
    }
  }

  /**
   * Returns the ids of a text.
   *
   * @param withSpecialTokens whether to add the special tokens that the file defines around a
   *     sequence
   */
  long[] encode(String text, boolean withSpecialTokens) {
    if (text.length() > MAX_TEXT) {
      throw new IllegalArgumentException(
          "the prompt has %d characters, more than the limit of %d; shorten it"
              .formatted(text.length(), MAX_TEXT));
    }
    long encoding = library.encode(handle, text, withSpecialTokens);
    try {
      return library.getTokenIds(encoding);
    } finally {
      library.deleteEncoding(encoding);
    }
  }

  @Override
  public void close() {
    synchronized (NativeTokenizer.class) {
      if (--users == 0) {
        OPEN.remove(digest);
        library.deleteTokenizer(handle);
      }
    }
  }
}
