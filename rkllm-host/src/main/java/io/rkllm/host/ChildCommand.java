package io.rkllm.host;

import io.rkllm.NativeLibraryException;
import io.rkllm.host.log.HostLogging;
import io.rkllm.runtime.Doctor;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command that starts a child: the JVM of this process, with the options of a small one.
 *
 * @param provider the type of the runtime in the child
 * @param jvmOptions additional options of its JVM
 */
record ChildCommand(Class<?> provider, List<String> jvmOptions) {
  /** Chosen by measurement; docs/isolation.md has the figures. */
  private static final List<String> SMALL_JVM =
      List.of(
          "-XX:+IgnoreUnrecognizedVMOptions", // those below that another JVM does not have
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:-UsePerfData",
          "-Xms4m",
          "-Xmx256m",
          // Maps the archive of the JDK's classes where it was made for, so that its pages are
          // shared with other JVMs instead of being rewritten.
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:ArchiveRelocationMode=0",
          "-XX:MaxDirectMemorySize=1024g", // floats are limited by what the application sends
          "-XX:+ErrorFileToStdout",
          "-XX:-CreateCoredumpOnCrash");

  /** The system property of a child that writes an AOT cache when it ends. */
  static final String WRITES_CACHE = "rkllm.host.writes.cache";

  /** Options that are meant for the JVM of the application, such as the port of a debugger. */
  private static final List<String> NOT_PASSED_ON =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

  /** Properties that are the same in the child, as are those that begin with {@code rkllm.}. */
  private static final List<String> PASSED_ON = List.of("java.io.tmpdir", "java.library.path");

  /**
   * Returns the command for the runtime that is found by the calling thread, as a model that is not
   * isolated finds it.
   *
   * @throws NativeLibraryException if there is none
   */
  static ChildCommand create(String... jvmOptions) {
    return new ChildCommand(Doctor.provider().getClass(), List.of(jvmOptions));
  }

  /** Returns whether the JVM writes an AOT cache when it ends, which takes some seconds. */
  boolean writesCache() {
    return jvmOptions.stream().anyMatch(option -> option.startsWith("-XX:AOTCacheOutput="));
  }

  /**
   * Returns the process to start.
   *
   * @param folder where jars inside a jar are copied to
   * @param socket the socket that the child connects to
   * @param file the file for large outputs, or null
   * @throws NativeLibraryException if this process is not one that can start another JVM
   */
  ProcessBuilder process(Path folder, Path socket, @Nullable Path file) {
    List<String> command = new ArrayList<>();
    command.add(java(System.getProperty("java.home")).toString());
    command.addAll(SMALL_JVM);
    command.add("-Dslf4j.provider=" + HostLogging.class.getName());
    command.add("-Dslf4j.internal.verbosity=WARN");
    for (String name : System.getProperties().stringPropertyNames()) {
      if (PASSED_ON.contains(name) || name.startsWith("rkllm.")) {
        command.add("-D" + name + "=" + System.getProperty(name));
      }
    }
    if (writesCache()) {
      command.add("-D" + WRITES_CACHE + "=true");
    }
    command.addAll(jvmOptions);
    command.addAll(HostClasses.find(provider, folder).command());
    command.add(socket.toString());
    command.add(file == null ? "" : file.toString());
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(directory()).redirectErrorStream(true);
    builder.environment().keySet().removeAll(NOT_PASSED_ON);
    return builder;
  }

  static Path java(@Nullable String home) {
    if (home == null) {
      throw new NativeLibraryException(
          "no child process can be started, because this program is a native image; load the model"
              + " without isolation",
          null,
          null);
    }
    Path java = Path.of(home, "bin", "java");
    if (!Files.isExecutable(java)) {
      throw new NativeLibraryException(
          "no child process can be started, because the Java runtime has no "
              + java
              + "; create its image without --strip-native-commands (with jpackage, pass"
              + " --jlink-options), or load the model without isolation",
          null,
          null);
    }
    return java;
  }

  /** Returns the current directory. A JVM does not start in one that was deleted. */
  private static File directory() {
    File current = new File(System.getProperty("user.dir"));
    return current.isDirectory() ? current : new File("/");
  }
}
