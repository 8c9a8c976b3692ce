package io.rkllm.tools.format;

import io.rkllm.tools.internal.Check;
import io.rkllm.tools.internal.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Reads the files that a model was published with. */
record TokenizerConfigFiles(
    Optional<String> template,
    Optional<String> toolTemplate,
    String bosToken,
    String eosToken,
    Optional<Boolean> addsBosToken,
    Set<String> specialTokens)
    implements TokenizerConfig {
  // Several times what the largest models have; the files come with models and are not trusted.
  private static final long MAX_BYTES = 8L << 20;
  private static final int MAX_VALUES = 400_000;

  /** Copies the set. */
  TokenizerConfigFiles {
    specialTokens = Set.copyOf(specialTokens);
  }

  /** Reads the files; {@link TokenizerConfig#read} documents the exceptions. */
  static TokenizerConfigFiles read(Path path) {
    Path file = Files.isDirectory(path) ? path.resolve("tokenizer_config.json") : path;
    JsonNode config = json(Check.readableFile("tokenizerConfig", file));
    JsonNode templates = config.path("chat_template");
    Path map = file.resolveSibling("special_tokens_map.json");
    Set<String> special = specialTokens(config);
    if (Files.isRegularFile(map)) {
      json(map).valueStream().forEach(tokens -> addTokens(tokens, special));
    }
    Path beside = file.resolveSibling("chat_template.jinja");
    return new TokenizerConfigFiles(
        Files.isRegularFile(beside) ? Optional.of(text(beside)) : template(templates, "default"),
        template(templates, "tool_use").filter(_ -> templates.isArray()),
        token(config.path("bos_token")),
        token(config.path("eos_token")),
        flag(config.path("add_bos_token")),
        special);
  }

  private static Optional<String> template(JsonNode templates, String name) {
    if (templates.isString()) {
      return Optional.of(templates.stringValue());
    }
    return templates
        .valueStream()
        .filter(template -> template.path("name").asString("").equals(name))
        .map(template -> template.path("template").asString(""))
        .findFirst();
  }

  private static Optional<Boolean> flag(JsonNode value) {
    return value.isBoolean() ? Optional.of(value.booleanValue()) : Optional.empty();
  }

  /** Returns a token, which is given as a string or as an object that contains it. */
  private static String token(JsonNode token) {
    return token.isObject() ? token.path("content").asString("") : token.asString("");
  }

  private static Set<String> specialTokens(JsonNode config) {
    Set<String> special = new TreeSet<>();
    special.add(token(config.path("bos_token")));
    special.add(token(config.path("eos_token")));
    config
        .path("added_tokens_decoder")
        .valueStream()
        .filter(token -> token.path("special").asBoolean(false))
        .forEach(token -> special.add(token(token)));
    addTokens(config.path("additional_special_tokens"), special);
    return special;
  }

  /** Adds a token or a list of tokens. */
  private static void addTokens(JsonNode tokens, Set<String> special) {
    if (tokens.isArray()) {
      tokens.valueStream().forEach(token -> special.add(token(token)));
    } else {
      special.add(token(tokens));
    }
  }

  private static JsonNode json(Path file) {
    try {
      return Json.tree(text(file), MAX_VALUES);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IllegalArgumentException(
            "%s has %d bytes, and at most %d are read; it is not a configuration of a tokenizer"
                .formatted(file, Files.size(file), MAX_BYTES));
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + " as UTF-8", e);
    }
  }
}
