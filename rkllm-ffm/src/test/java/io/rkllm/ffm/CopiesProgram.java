package io.rkllm.ffm;

import io.rkllm.GenerationOptions;
import io.rkllm.NativeLibraryException;
import io.rkllm.RkllmModel;
import io.rkllm.input.TextPrompt;
import io.rkllm.spi.RuntimeOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Uses several copies of the SDK in one JVM, one after the other or at the same time. Forked by
 * {@link CopiesTest}.
 */
final class CopiesProgram {
  private CopiesProgram() {}

  /** The code of an application, which is called through {@link ApplicationLoader}. */
  public static final class Application {
    private static @Nullable RkllmModel model;

    private Application() {}

    /** Loads a model and answers a prompt. Arguments: library, model file. */
    public static String open(String[] arguments) {
      RkllmModel loaded =
          RkllmModel.builder(Path.of(arguments[1]))
              .library(Path.of(arguments[0]))
              .captureNativeOutput()
              .load();
      model = loaded;
      GenerationOptions options =
          GenerationOptions.builder().timeout(Duration.ofMinutes(1)).build();
      return loaded.generate(TextPrompt.of("x"), options).text();
    }

    /** Closes the model. */
    public static String close(String[] arguments) {
      Objects.requireNonNull(model).close();
      return "";
    }

    /** Opens a library and returns the error message. Argument: library. */
    public static String openLibrary(String[] arguments) {
      try {
        new FfmRuntimeProvider().open(new RuntimeOptions(Path.of(arguments[0]), null, false));
        return "opened";
      } catch (NativeLibraryException e) {
        return String.valueOf(e.getMessage());
      }
    }
  }

  /** Arguments: the action, followed by libraries and files. */
  public static void main(String[] arguments) throws Exception {
    String[] files = Arrays.copyOfRange(arguments, 1, arguments.length);
    switch (arguments[0]) {
      case "redeploy" -> redeploy(files);
      case "at-once" -> atOnce(files);
      case "vendor" -> vendor(files);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void redeploy(String[] files) throws Exception {
    PrintStream out = System.out;
    deploy(files); // for files that the JVM opens only once
    long descriptors = descriptors();
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      loaders.add(deploy(files));
    }
    System.out.println("same stream: " + System.out.equals(out));
    Awaitility.await()
        .untilAsserted(
            () -> {
              List<String> left =
                  Thread.getAllStackTraces().keySet().stream()
                      .map(Thread::getName)
                      .filter(name -> name.startsWith("rkllm") || name.startsWith("Cleaner"))
                      .toList();
              if (!left.isEmpty()) {
                throw new AssertionError("threads are left: " + left);
              }
            });
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(
            () -> {
              System.gc();
              return loaders.stream().allMatch(loader -> loader.refersTo(null));
            });
    System.out.println("descriptors more: " + Math.max(0, descriptors() - descriptors));
    System.out.println(
        "properties: "
            + System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("io.rkllm."))
                .toList());
  }

  private static WeakReference<ClassLoader> deploy(String[] files) throws Exception {
    try (ApplicationLoader loader = ApplicationLoader.create()) {
      loader.call(Application.class, "open", files);
      loader.call(Application.class, "close");
      return new WeakReference<>(loader);
    }
  }

  /** Counts the descriptors of pipes and of standard output; those of jars vary. */
  private static long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(descriptor -> !target(descriptor).endsWith(".jar")).count();
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ".jar"; // closed in the meantime
    }
  }

  private static void atOnce(String[] files) throws Exception {
    try (ApplicationLoader first = ApplicationLoader.create();
        ApplicationLoader second = ApplicationLoader.create()) {
      String one = first.call(Application.class, "open", files);
      System.out.println("Java with one");
      String two = second.call(Application.class, "open", files);
      System.out.println("Java with both");
      System.out.println("domains " + one + " " + two);
      first.call(Application.class, "close");
      System.out.println("Java with the second");
      second.call(Application.class, "close");
      System.out.println("Java with none");
    }
  }

  private static void vendor(String[] files) throws Exception {
    try (ApplicationLoader first = ApplicationLoader.create();
        ApplicationLoader second = ApplicationLoader.create()) {
      System.out.println(first.call(Application.class, "openLibrary", files[0]));
      System.out.println(second.call(Application.class, "openLibrary", files[1]));
      System.out.println(second.call(Application.class, "openLibrary", files[0]));
    }
  }
}
