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
 * Provides the files of the simulated runtime: a shared library with the C interface of {@code
 * librkllmrt.so}, and a model that it can run. With them, a program can be run without a board:
 *
 * {@snippet :
 * Path library = Simulator.library(Release.V1_3_1);
 * Path model = Simulator.demonstrationModel();
 * }
 *
 * <p>Files are extracted from this jar when they are first requested, into a folder named after
 * their content below {@code rkllm-simulator-<user>} in {@code java.io.tmpdir}. The system property
 * {@value #DIRECTORY_PROPERTY} sets another folder, for example if the temporary folder is mounted
 * {@code noexec}. Only the user can access the folders. Existing files are compared with the jar
 * and replaced if they differ. Equal content is extracted only once, and nothing is deleted. Any
 * number of threads and processes may use this class at the same time.
 */
public final class Simulator {
  /** The system property for the folder that files are extracted to. */
  public static final String DIRECTORY_PROPERTY = "rkllm.simulator.dir";

  private static final String LIBRARY = "librkllmrt.so";
  private static final String MODEL = "demo.rkllm";

  private Simulator() {}

  /**
   * Returns the simulated library of a release, for the platform of this JVM.
   *
   * @param release the release to simulate
   * @return the absolute path of {@code librkllmrt.so}
   * @throws UnsupportedOperationException if this jar has no library for the platform
   * @throws UncheckedIOException if the library cannot be extracted
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
   * Returns the demonstration model, a text file that only the simulated library understands, on
   * any platform.
   *
   * @return the absolute path of the model
   * @throws UncheckedIOException if the model cannot be extracted
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
      throw new UncheckedIOException("cannot read " + name + " from the simulator's jar", e);
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
            + "io.rkllm.test.ScriptedRuntime in io.rkllm:rkllm-test");
  }
}
