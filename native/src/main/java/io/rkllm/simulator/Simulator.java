package io.rkllm.simulator;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The simulated runtime as files: a shared library behind the C interface of {@code librkllmrt.so},
 * and a model for it to run. Point a program at them to use it without a board:
 *
 * {@snippet :
 * Path library = Simulator.library(Release.V1_3_1);
 * Path model = Simulator.demonstrationModel();
 * }
 *
 * <p>Files are unpacked from this jar when they are first asked for, into a folder named after
 * their content below {@code rkllm-simulator-<user>} in {@code java.io.tmpdir}; the system property
 * {@value #DIRECTORY_PROPERTY} names another folder to use instead, for instance where the
 * temporary folder is mounted {@code noexec}. The folders belong to the user alone. What is found
 * there is compared with the jar before it is handed out and replaced where it differs; any number
 * of threads and processes may ask at once. Nothing is deleted: equal content is unpacked once.
 */
public final class Simulator {
  /** The system property that names the folder to unpack into. */
  public static final String DIRECTORY_PROPERTY = "rkllm.simulator.dir";

  private static final String LIBRARY = "librkllmrt.so";
  private static final String MODEL = "demo.rkllm";

  private Simulator() {}

  /**
   * The simulated library of a release, for the platform this JVM runs on.
   *
   * @param release which release to stand in for
   * @return an absolute path to {@code librkllmrt.so}
   * @throws UnsupportedOperationException if this jar has none for the platform
   * @throws UncheckedIOException if it cannot be unpacked
   */
  public static Path library(Release release) {
    Objects.requireNonNull(release, "release");
    return library(release, Platform.current());
  }

  static Path library(Release release, Platform platform) {
    return platform
        .folder()
        .flatMap(folder -> resource(folder + "/" + release.version() + "/" + LIBRARY))
        .map(content -> store().put(content, LIBRARY))
        .orElseThrow(() -> unsupported(release, platform));
  }

  /**
   * The demonstration model: text that only the simulated library understands, on any platform.
   *
   * @return an absolute path to it
   * @throws UncheckedIOException if it cannot be unpacked
   */
  public static Path demonstrationModel() {
    byte[] content =
        resource(MODEL).orElseThrow(() -> new IllegalStateException("this jar has no " + MODEL));
    return store().put(content, MODEL);
  }

  private static ContentStore store() {
    String directory = System.getProperty(DIRECTORY_PROPERTY, "");
    return directory.isEmpty() ? ContentStore.ofUser() : ContentStore.in(Path.of(directory));
  }

  private static Optional<byte[]> resource(String name) {
    try (InputStream in = Simulator.class.getResourceAsStream(name)) {
      return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " of the simulator's jar", e);
    }
  }

  private static UnsupportedOperationException unsupported(Release release, Platform platform) {
    List<String> present =
        Platform.FOLDERS.stream()
            .flatMap(folder -> Stream.of(Release.values()).map(r -> folder + "/" + r.version()))
            .filter(path -> Simulator.class.getResource(path + "/" + LIBRARY) != null)
            .toList();
    return new UnsupportedOperationException(
        "no simulated librkllmrt.so of release "
            + release.version()
            + " for os.name="
            + platform.name()
            + ", os.arch="
            + platform.arch()
            + "; this jar has "
            + (present.isEmpty() ? "none" : present.stream().collect(Collectors.joining(", ")))
            + ". Tests that need no native code can use the scripted runtime in pure Java: "
            + "io.rkllm.test.ScriptedRuntime of the test-jar of io.rkllm:rkllm-core");
  }
}
