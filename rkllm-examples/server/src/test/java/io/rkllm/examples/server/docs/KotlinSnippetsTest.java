package io.rkllm.examples.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.examples.server.docs.Page.Block;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every block of Kotlin in the documentation compiles, apart from build files. */
class KotlinSnippetsTest {
  @TempDir private Path folder;

  static List<Block> blocks() {
    return Page.all().stream()
        .flatMap(page -> page.blocks("kotlin").stream())
        .filter(block -> block.code().contains("fun "))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void kotlinBlock_ofAnyPage_compiles(Block block) throws IOException {
    Path source = Files.writeString(folder.resolve("Snippet.kt"), block.code());
    ByteArrayOutputStream messages = new ByteArrayOutputStream();

    ExitCode code =
        new K2JVMCompiler()
            .exec(
                new PrintStream(messages, true, StandardCharsets.UTF_8),
                "-no-stdlib",
                "-no-reflect",
                "-nowarn",
                "-classpath",
                System.getProperty("java.class.path"),
                "-d",
                folder.resolve("classes").toString(),
                source.toString());

    assertThat(code).as(messages.toString(StandardCharsets.UTF_8)).isEqualTo(ExitCode.OK);
  }
}
