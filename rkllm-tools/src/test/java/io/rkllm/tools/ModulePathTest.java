package io.rkllm.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tools of an application that is a module of its own, in a JVM of its own. */
@Timeout(120)
class ModulePathTest {
  private static final List<String> LIBRARIES =
      List.of(
          "rkllm-core",
          "slf4j-api",
          "jspecify",
          "jackson-",
          "jsonschema-generator",
          "classmate",
          "json-schema-validator",
          "re2j");

  private static final String MAIN =
      """
      package app;

      import io.rkllm.chat.ToolCall;
      import io.rkllm.tools.Tool;
      import io.rkllm.tools.ToolSet;
      import java.util.Optional;

      public class Main {
        MODIFIER record Place(String city, Optional<String> country) {}

        MODIFIER static class Weather {
          @Tool
          public Place find(Place place) {
            return place;
          }
        }

        public static void main(String[] args) {
          System.out.println(
              ToolSet.of(new Weather())
                  .call(new ToolCall("1", "find", "{\\"place\\":{\\"city\\":\\"" + args[0] + "\\"}}")));
        }
      }
      """;

  @TempDir Path folder;

  @Test
  void moduleThatOpensItsPackage_toolsAndRecordsWork() throws Exception {
    String city = UUID.randomUUID().toString();

    assertThat(run("", "opens app to io.rkllm.tools, tools.jackson.databind;", city))
        .contains("{\"city\":\"" + city + "\",\"country\":null}");
  }

  @Test
  void moduleThatExportsPublicClasses_toolsAndRecordsWork() throws Exception {
    String city = UUID.randomUUID().toString();

    assertThat(run("public", "exports app;", city)).contains("\"city\":\"" + city + "\"");
  }

  @Test
  void closedModule_isRefusedWithTheLineToWrite() throws Exception {
    String line = "opens app to io.rkllm.tools, tools.jackson.databind;";

    assertThat(run("", "", "Rome"))
        .contains("IllegalArgumentException", line, "module-info of app");
    assertThat(run("public", "", "Rome")).contains("IllegalArgumentException", line);
    assertThat(run("", "opens app to io.rkllm.tools;", "Rome"))
        .contains("IllegalArgumentException", "Main$Place", line);
  }

  private String run(String modifier, String directive, String city) throws Exception {
    Path sources = Files.createDirectories(folder.resolve("src"));
    Path classes = folder.resolve("classes");
    Path main = Files.writeString(sources.resolve("Main.java"), MAIN.replace("MODIFIER", modifier));
    Path module =
        Files.writeString(
            sources.resolve("module-info.java"),
            "module app { requires io.rkllm.tools; " + directive + " }");
    execute(
        "javac",
        "-parameters",
        "-p",
        modulePath(),
        "-d",
        classes.toString(),
        main.toString(),
        module.toString());
    return execute(
        "java", "-p", modulePath() + File.pathSeparator + classes, "-m", "app/app.Main", city);
  }

  private static String modulePath() {
    List<String> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      String name = Path.of(entry).getFileName().toString();
      boolean tests = name.endsWith("tests.jar") || name.equals("test-classes");
      if (!tests && (entry.endsWith("classes") || LIBRARIES.stream().anyMatch(name::startsWith))) {
        path.add(entry);
      }
    }
    return String.join(File.pathSeparator, path);
  }

  private String execute(String tool, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
    command.addAll(Arrays.asList(arguments));
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return Files.readString(output);
  }
}
