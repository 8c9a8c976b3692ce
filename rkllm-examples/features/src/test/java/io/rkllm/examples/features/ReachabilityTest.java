package io.rkllm.examples.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The metadata for GraalVM's native-image, in this project's jars and those they depend on, lists
 * everything that programs look up by name at run time. Native-image finds the rest by itself.
 */
@Tag("not-emulated")
class ReachabilityTest {
  /** Classes that an application registers itself, as docs/deploying.md says. */
  private static final String APPLICATION = ReachabilityTest.class.getPackageName() + ".";

  /** A class that the schema validator looks for, by a constant name, which the builder finds. */
  private static final String OPTIONAL = "com.ethlo.time.ITU";

  private static final ReachabilityRecorder RECORDER = new ReachabilityRecorder();
  private static final List<JsonNode> METADATA = new ArrayList<>();

  @BeforeAll
  static void runPrograms() throws Exception {
    for (Path path : ReachabilityRecorder.classPath()) {
      readMetadata(path);
    }
    PrintStream out = System.out;
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    try {
      for (Class<?> program :
          List.of(CallTool.class, ExtractRecord.class, UseCustomTokenizer.class)) {
        RECORDER.run(program);
      }
    } finally {
      System.setOut(out);
    }
  }

  @Test
  void nativeCalls_areAllListed() {
    assertThat(ReachabilityCalls.DOWNCALLS).isNotEmpty().allMatch(listed("downcalls"));
    assertThat(ReachabilityCalls.UPCALLS).isNotEmpty().allMatch(listed("upcalls"));
  }

  private static Predicate<String> listed(String kind) {
    Set<String> listed = new TreeSet<>();
    for (JsonNode file : METADATA) {
      for (JsonNode call : file.path("foreign").path(kind)) {
        listed.add(
            call.path("returnType").asString()
                + call.path("parameterTypes").valueStream().map(JsonNode::asString).toList());
      }
    }
    return listed::contains;
  }

  @Test
  void classes_whoseMembersAreLookedUp_areListedOrOfTheApplication() {
    Set<String> listed = new TreeSet<>();
    for (JsonNode file : METADATA) {
      file.path("reflection").forEach(it -> listed.add(it.path("type").asString("")));
      if (file.isArray()) { // in the older format
        file.forEach(it -> listed.add(it.path("name").asString("")));
      }
    }

    assertThat(ReachabilityCalls.REFLECTED).anyMatch(it -> it.startsWith(APPLICATION));
    assertThat(ReachabilityCalls.REFLECTED)
        .filteredOn(it -> !it.startsWith(APPLICATION) && !it.startsWith("java."))
        .filteredOn(it -> !it.equals(OPTIONAL))
        .allMatch(listed::contains);
  }

  @Test
  void resources_areAllListed() {
    List<Pattern> listed = new ArrayList<>();
    for (JsonNode file : METADATA) {
      for (JsonNode resource : file.path("resources")) {
        listed.add(glob(resource.path("glob").asString("")));
      }
      for (JsonNode resource : file.path("resources").path("includes")) { // in the older format
        listed.add(Pattern.compile(resource.path("pattern").asString("")));
      }
    }

    assertThat(RECORDER.resources)
        .filteredOn(it -> !it.startsWith("META-INF/services/")) // the builder reads them
        .filteredOn(it -> !it.startsWith(APPLICATION.replace('.', '/')))
        .filteredOn(it -> !it.equals("simplelogger.properties")) // of the application
        .isNotEmpty()
        .allMatch(it -> listed.stream().anyMatch(pattern -> pattern.matcher(it).matches()));
  }

  private static Pattern glob(String glob) {
    return Pattern.compile(
        Arrays.stream(glob.split("(?<=\\*\\*)|(?=\\*\\*)"))
            .map(part -> part.equals("**") ? ".*" : Pattern.quote(part))
            .collect(Collectors.joining()));
  }

  private static void readMetadata(Path path) throws Exception {
    if (Files.isDirectory(path)) {
      try (Stream<Path> files = Files.walk(path)) {
        for (Path file : files.filter(it -> isMetadata(path.relativize(it).toString())).toList()) {
          METADATA.add(JsonMapper.shared().readTree(file.toFile()));
        }
      }
    } else if (path.toString().endsWith(".jar")) {
      try (JarFile jar = new JarFile(path.toFile())) {
        for (var entry : jar.stream().filter(it -> isMetadata(it.getName())).toList()) {
          try (InputStream in = jar.getInputStream(entry)) {
            METADATA.add(JsonMapper.shared().readTree(in));
          }
        }
      }
    }
  }

  private static boolean isMetadata(String name) {
    return name.startsWith("META-INF/native-image/") && name.endsWith(".json");
  }
}
