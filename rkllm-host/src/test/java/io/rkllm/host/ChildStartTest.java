package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.NativeLibraryException;
import io.rkllm.RkllmModel;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A child starts however the application was started, or the message says what to do. */
@Tag("not-emulated")
@Timeout(120)
class ChildStartTest {
  private static final int LONGEST_ARGUMENT = 128 << 10;

  @TempDir Path folder;

  /**
   * The class path is longer than an argument can be, and its folders have spaces in their names;
   * the environment has options that only one JVM can use; the current directory is gone.
   */
  @Test
  void load_applicationInAnUnusualEnvironment_startsTheChild() throws Exception {
    Path output = folder.resolve("out.txt");
    Path model = Simulators.model(folder, "when: *", "say: hello");
    ProcessBuilder application =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + argumentFile(),
                Application.class.getName(),
                model.toString(),
                Simulators.V1_3_1.library().toString())
            .directory(Files.createDirectory(folder.resolve("current")).toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    application.environment().put("JAVA_TOOL_OPTIONS", debuggerOptions());
    application.environment().put("_JAVA_OPTIONS", "-XX:+UseZGC");

    assertThat(application.start().waitFor()).as(Files.readString(output)).isZero();
    assertThat(output).content().contains("Listening for transport", "answer: hello");
    Files.delete(folder.resolve("class path/a")); // the link, before the folder is deleted
  }

  /** Returns options of a debugger, for a port that only one process can listen on. */
  private static String debuggerOptions() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:"
          + free.getLocalPort();
    }
  }

  private Path argumentFile() throws Exception {
    Path links = Files.createDirectory(folder.resolve("class path"));
    Stream<String> missing =
        IntStream.range(0, LONGEST_ARGUMENT / 100)
            .mapToObj(i -> links.resolve("missing" + "-".repeat(99)).toString());
    Stream<String> linked =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(entry -> links.resolve("a" + Path.of("/").resolve(entry)).toString());
    Files.createSymbolicLink(links.resolve("a"), Path.of("/"));
    String classPath =
        Stream.concat(missing, linked).collect(Collectors.joining(File.pathSeparator));
    return Files.writeString(folder.resolve("arguments"), "-cp \"" + classPath + "\"");
  }

  /** The application: deletes its current directory, and asks an isolated model. */
  static final class Application {
    public static void main(String[] arguments) throws IOException {
      Files.delete(Path.of(System.getProperty("user.dir")));
      System.out.println("answer: " + answer(arguments[0], arguments[1]));
    }
  }

  private static String answer(String model, String library) {
    try (RkllmModel loaded =
        RkllmModel.builder(Path.of(model)).library(Path.of(library)).isolated().load()) {
      return loaded.generate("anything").text();
    }
  }

  @Test
  void load_classLoaderThatDoesNotSayWhereItsClassesAre_findsThem() throws Exception {
    Path model = Simulators.model(folder, "when: *", "say: hello");

    assertThat(new Answer(new OwnLoader(true), model).call()).isEqualTo("hello");
  }

  @Test
  void load_classLoaderWithoutFiles_saysWhatToDo() {
    Path model = Simulators.model(folder, "when: *", "say: hello");

    assertThatThrownBy(() -> new Answer(new OwnLoader(false), model).call())
        .hasRootCauseMessage(
            "no child process can be started, because the class loader of"
                + " io.rkllm.host.HostProcess does not say where it is; load the SDK from files, or"
                + " load the model without isolation");
  }

  /** Asks a model with the classes of another loader. */
  private record Answer(ClassLoader loader, Path model) implements Callable<Object> {
    @Override
    public Object call() throws Exception {
      Thread thread = Thread.currentThread();
      ClassLoader before = thread.getContextClassLoader();
      thread.setContextClassLoader(loader);
      try {
        var method =
            loader
                .loadClass(ChildStartTest.class.getName())
                .getDeclaredMethod("answer", String.class, String.class);
        method.setAccessible(true);
        return method.invoke(null, model.toString(), Simulators.V1_3_1.library().toString());
      } finally {
        thread.setContextClassLoader(before);
      }
    }
  }

  /** Defines the classes of the SDK itself, without a source, as some containers do. */
  private static final class OwnLoader extends ClassLoader {
    private final boolean hasFiles;

    OwnLoader(boolean hasFiles) {
      super(ChildStartTest.class.getClassLoader());
      this.hasFiles = hasFiles;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("io.rkllm.") && !name.startsWith("org.slf4j.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : define(name);
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }

    @Override
    public @Nullable URL getResource(String name) {
      return !hasFiles && name.endsWith(".class") ? null : super.getResource(name);
    }
  }

  @Test
  void start_imageWithoutJava_saysWhatToDo() {
    assertThatThrownBy(() -> ChildCommand.java(folder.toString()))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContainingAll(folder + "/bin/java", "--strip-native-commands");
  }

  @Test
  void start_nativeImage_saysWhatToDo() {
    assertThatThrownBy(() -> ChildCommand.java(null))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining("native image");
  }
}
