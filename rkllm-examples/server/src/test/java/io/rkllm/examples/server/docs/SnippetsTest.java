package io.rkllm.examples.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.docs.Page.Block;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every block of Java in the documentation compiles.
 *
 * <p>A block with a {@code main} method is a program and is compiled as it stands. Any other is a
 * part of one: statements or members of a class. What such a part takes for granted stands before
 * it in comments that readers do not see: {@code <!-- with: RkllmModel model -->} are parameters of
 * the method around it, {@code <!-- types: record Order() {} -->} types beside it.
 */
class SnippetsTest {
  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*;\\n");
  private static final Pattern PROGRAM = Pattern.compile("(?m)^void main\\(");

  private static final String IMPORTS =
      Stream.of(
              "dev.langchain4j.memory.ChatMemory",
              "dev.langchain4j.memory.chat.TokenWindowChatMemory",
              "dev.langchain4j.model.embedding.EmbeddingModel",
              "io.micrometer.core.instrument.MeterRegistry",
              "io.opentelemetry.api.GlobalOpenTelemetry",
              "io.rkllm.*",
              "io.rkllm.chat.*",
              "io.rkllm.event.*",
              "io.rkllm.file.*",
              "io.rkllm.forward.*",
              "io.rkllm.input.*",
              "io.rkllm.langchain4j.*",
              "io.rkllm.observability.*",
              "io.rkllm.runtime.*",
              "io.rkllm.simulator.*",
              "io.rkllm.test.*",
              "io.rkllm.tokenizer.*",
              "io.rkllm.tools.*",
              "io.rkllm.tools.event.*",
              "io.rkllm.tools.event.ChatEvent.*",
              "io.rkllm.tools.format.*",
              "io.rkllm.tools.parser.*",
              "java.io.*",
              "java.nio.file.*",
              "java.time.Duration",
              "java.util.*",
              "java.util.concurrent.*",
              "org.junit.jupiter.api.Test",
              "org.slf4j.Logger",
              "static org.junit.jupiter.api.Assertions.*")
          .map(name -> "import " + name + ";\n")
          .collect(Collectors.joining());

  @TempDir private static Path classes;
  private static SourceCompiler compiler;

  @BeforeAll
  static void start() {
    compiler = new SourceCompiler(classes);
  }

  @AfterAll
  static void stop() throws IOException {
    compiler.close();
  }

  static List<Block> blocks() {
    return Page.all().stream()
        .filter(page -> !page.file().endsWith("spring.md")) // compiled by the starter's tests
        .flatMap(page -> page.blocks("java").stream())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void javaBlock_ofAnyPage_compiles(Block block) {
    if (PROGRAM.matcher(block.code()).find()) {
      assertThat(compiler.compile(Map.of("App.java", block.code()))).isEmpty();
      return;
    }
    List<String> errors = compiler.compile(Map.of("Snippet.java", statements(block)));
    if (!errors.isEmpty() && !compiler.compile(Map.of("Snippet.java", members(block))).isEmpty()) {
      assertThat(errors).as(block.name()).isEmpty();
    }
  }

  private static String statements(Block block) {
    return members(
        block,
        "void snippet(%s) throws Exception {%n%s}%n"
            .formatted(block.note("with"), IMPORT.matcher(block.code()).replaceAll("")));
  }

  private static String members(Block block) {
    return members(block, IMPORT.matcher(block.code()).replaceAll(""));
  }

  private static String members(Block block, String members) {
    String imports =
        IMPORT
            .matcher(block.code())
            .results()
            .map(found -> found.group())
            .collect(Collectors.joining());
    return "%s%sclass Snippet {%n%s%n%s}%n"
        .formatted(IMPORTS, imports, block.note("types"), members);
  }
}
