package io.rkllm.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The Java in {@code docs/spring.md} compiles. The other pages are compiled by a module that does
 * not have Spring on its class path.
 */
class SpringPageTest {
  private static final Path PAGE = Path.of("..", "docs", "spring.md");
  private static final Pattern BLOCK = Pattern.compile("(?s)\\n```java\\n(.*?)\\n```");
  private static final Pattern CLASS = Pattern.compile("(?m)^(?:public )?class (\\w+)");
  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*;\\n");

  @TempDir private Path classes;

  static List<String> blocks() throws IOException {
    return BLOCK.matcher(Files.readString(PAGE)).results().map(block -> block.group(1)).toList();
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void javaBlock_compiles(String block) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, Locale.ROOT, null)) {
      files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(classes));
      List<String> options = List.of("-proc:none", "--release", "25");
      compiler.getTask(null, files, found, options, null, List.of(source(block))).call();
    }

    assertThat(found.getDiagnostics())
        .filteredOn(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
        .isEmpty();
  }

  /** Returns a block that is a file as it is, and any other as members of a class. */
  private static JavaFileObject source(String block) {
    boolean file = block.startsWith("package ");
    String imports =
        IMPORT.matcher(block).results().map(MatchResult::group).collect(Collectors.joining());
    String members = IMPORT.matcher(block).replaceAll("");
    String text =
        file
            ? block
            : """
              import io.rkllm.*;
              import io.rkllm.spring.*;
              import java.nio.file.Path;
              import java.time.Duration;
              %s
              class Snippet {
              %s
              }
              """
                .formatted(imports, members);
    Matcher declaration = CLASS.matcher(text);
    if (!declaration.find()) {
      throw new AssertionError("no class in " + block);
    }
    URI name = URI.create("string:///" + declaration.group(1) + ".java");
    return new SimpleJavaFileObject(name, JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }
    };
  }
}
