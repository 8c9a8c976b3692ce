package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.ffm.OutputCaptureTest.Chatterbox;
import io.rkllm.simulator.SimulatorModelFile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A capture that cannot start or continue, or that ends while a thread is blocked writing; in
 * separate JVMs.
 */
@Tag("not-emulated") // many JVMs, and the same on every processor
class CaptureFailureTest {
  @TempDir Path folder;

  /** Argument: how many megabytes the process may still map, where a thread's stack takes 512. */
  static final class NoThreads {
    private static final int RLIMIT_AS = 9;

    public static void main(String[] arguments) throws Throwable {
      limit(mapped() + (Long.parseLong(arguments[0]) << 20));
      Chatterbox.capture();
      System.out.println("Java without threads");
      Chatterbox.puts("C without threads");
      limit(-1);
      Chatterbox.capture();
      Chatterbox.puts("E rkllm: captured again");
      System.out.println("complaints " + OutputCapture.complaintsSince(0));
    }

    private static long mapped() throws IOException {
      try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
        String size = lines.filter(line -> line.startsWith("VmSize:")).findFirst().orElseThrow();
        return Long.parseLong(size.replaceAll("[^0-9]", "")) << 10;
      }
    }

    private static void limit(long bytes) throws Throwable {
      MethodHandle setrlimit =
          Libc.function("setrlimit", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment softAndHard = arena.allocateFrom(JAVA_LONG, bytes, -1);
        assertThat((int) setrlimit.invokeExact(RLIMIT_AS, softAndHard)).isZero();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"256", "768", "1280"}) // enough stacks for no thread, one thread, two threads
  void threadThatCannotStart_leavesAllAsItWas(String megabytes) throws Exception {
    ForkedJvm.Result result =
        new ForkedJvm(folder, NoThreads.class)
            .option("-Xss512m")
            .option("-Xlog:disable")
            .run(megabytes);

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.out().lines())
        .as(result.describe())
        .containsExactly(
            "Java without threads", "C without threads", "complaints [E rkllm: captured again]");
    assertThat(result.err())
        .contains("it cannot be captured", "OutOfMemoryError")
        .doesNotContain("another copy");
  }

  /** Consumes the data that the reading thread should get. */
  static final class NoReader {
    public static void main(String[] arguments) throws Exception {
      PrintStream before = System.out;
      Chatterbox.capture();
      Posix.replace(readEnd(), 2); // standard error, which is open only for writing
      Chatterbox.puts("I rkllm: wakes the reading thread");
      Awaitility.await().until(() -> !OutputCapture.isActive());
      Awaitility.await().until(() -> System.getProperty(OutputCapture.KEY) == null);
      System.out.println("same stream: " + System.out.equals(before));
      Chatterbox.puts("C without a reader");
      Chatterbox.capture();
      Chatterbox.puts("E rkllm: captured again");
      System.out.println("complaints " + OutputCapture.complaintsSince(0));
    }

    /** Returns the descriptor of the other end of the pipe that is standard output. */
    private static int readEnd() throws IOException {
      Path all = Path.of("/proc/self/fd");
      Path pipe = Files.readSymbolicLink(all.resolve("1"));
      for (int descriptor = 3; ; descriptor++) {
        Path link = all.resolve(Integer.toString(descriptor));
        if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(pipe)) {
          return descriptor;
        }
      }
    }
  }

  @Test
  void readerThatFails_givesAllBack_andCaptureCanBeginAgain() throws Exception {
    ForkedJvm.Result result = new ForkedJvm(folder, NoReader.class).run();

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.out().lines())
        .as(result.describe())
        .containsExactly(
            "same stream: true", "C without a reader", "complaints [E rkllm: captured again]");
    assertThat(result.err())
        .contains("native output is no longer captured")
        .doesNotContain("another copy");
  }

  /** Starts capturing while the JVM ends. */
  static final class Late {
    public static void main(String[] arguments) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    Chatterbox.capture();
                    Chatterbox.puts("C at the end");
                    System.out.println("Java at the end");
                  }));
    }
  }

  @Test
  void captureAtTheEndOfTheJvm_leavesAllAsItWas() throws Exception {
    ForkedJvm.Result result = new ForkedJvm(folder, Late.class).run();

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.out().lines())
        .as(result.describe())
        .containsExactlyInAnyOrder("C at the end", "Java at the end");
    assertThat(result.err()).contains("it cannot be captured");
  }

  /** Stalls standard output until it is drained. */
  private static final class StalledOutput {
    private final int readEnd;
    private final AtomicLong drained = new AtomicLong();

    StalledOutput() throws IOException {
      Posix.Pipe pipe = Posix.pipe();
      Posix.replace(1, pipe.writeEnd());
      Posix.close(pipe.writeEnd());
      readEnd = pipe.readEnd();
    }

    void drain() {
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                MemorySegment buffer = Arena.global().allocate(64 << 10);
                try {
                  for (int n; (n = Posix.read(readEnd, buffer)) > 0; ) {
                    drained.addAndGet(n);
                  }
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
    }
  }

  private static Thread thread(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Ends while the log waits for standard output, and then opens files. */
  static final class LogThatStalls {
    public static void main(String[] arguments) throws Exception {
      StalledOutput stdout = new StalledOutput();
      OutputCapture.start();
      OutputCapture.modelOpened();
      Thread reader = thread("rkllm-native-output");
      Thread log = thread("rkllm-native-log");
      for (int i = 0;
          i < 100;
          i++) { // more than the capacity of a pipe, but fewer than may wait for the log
        Chatterbox.puts("I rkllm: native line " + i + " " + "x".repeat(1000));
      }
      OutputCapture.modelClosed();
      Awaitility.await()
          .until(() -> !reader.isAlive() || reader.getState() == Thread.State.WAITING);
      List<Path> files = new ArrayList<>();
      List<OutputStream> open = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        files.add(Path.of("file" + i));
        open.add(Files.newOutputStream(files.getLast()));
      }
      stdout.drain();
      log.join();
      reader.join();
      long bytes = 0;
      for (Path file : files) {
        open.removeFirst().close();
        bytes += Files.size(file);
      }
      System.err.println("bytes in files: " + bytes);
    }
  }

  @Test
  void logThatStallsAtTheEnd_writesIntoNoOtherFile() throws Exception {
    ForkedJvm.Result result =
        new ForkedJvm(folder, LogThatStalls.class)
            .option("-Dorg.slf4j.simpleLogger.logFile=System.out")
            .option("-Dorg.slf4j.simpleLogger.cacheOutputStream=true")
            .run();

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.err()).isEqualTo("bytes in files: 0\n");
  }

  /** Ends and starts capturing while printing threads wait for standard output. */
  static final class PrinterThatStalls {
    private static final int LENGTH = 1 << 20;

    public static void main(String[] arguments) throws Exception {
      StalledOutput stdout = new StalledOutput();
      OutputCapture.start();
      OutputCapture.modelOpened();
      Thread reader = thread("rkllm-native-output");
      Thread first = stalledIn("DescriptorOutputStream");
      OutputCapture.modelClosed();
      System.err.println("goes on: " + OutputCapture.isActive());
      Thread second = stalledIn("FileOutputStream");
      OutputCapture.modelOpened();
      Chatterbox.puts("E rkllm: captured again");
      System.err.println("complaints " + OutputCapture.complaintsSince(0));
      OutputCapture.modelClosed();
      Thread c = Thread.ofPlatform().daemon().start(() -> Chatterbox.puts("x".repeat(LENGTH)));
      awaitFrame(c, "Chatterbox");
      OutputCapture.modelOpened();
      System.err.println("begun beside C: " + OutputCapture.isActive());
      OutputCapture.modelClosed();
      System.err.println("goes on at last: " + OutputCapture.isActive());
      stdout.drain();
      first.join();
      second.join();
      c.join();
      reader.join();
      Awaitility.await().until(() -> stdout.drained.get() >= 2 * (LENGTH + 1));
      System.err.println("nothing is lost");
    }

    private static Thread stalledIn(String simpleName) {
      Thread thread =
          Thread.ofPlatform().daemon().start(() -> System.out.println("x".repeat(LENGTH)));
      awaitFrame(thread, simpleName);
      return thread;
    }

    /** Waits until the thread is executing the given class. */
    private static void awaitFrame(Thread thread, String simpleName) {
      Awaitility.await()
          .until(
              () ->
                  Arrays.stream(thread.getStackTrace())
                      .anyMatch(frame -> frame.getClassName().endsWith(simpleName)));
    }
  }

  @Test
  void printerThatStalls_holdsUpNeitherTheEndNorTheNextCapture() throws Exception {
    ForkedJvm.Result result = new ForkedJvm(folder, PrinterThatStalls.class).run();

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.err())
        .contains(
            "goes on: false",
            "ERROR io.rkllm.native - E rkllm: captured again",
            "complaints [E rkllm: captured again]",
            "begun beside C: true",
            "goes on at last: false",
            "nothing is lost");
  }

  @Test
  void loadsThatAreRefused_leaveNoCaptureBehind() throws Exception {
    Path limited =
        SimulatorModelFile.of("RKLLM-SIMULATOR-MODEL 1\ncontext-limit: 2048\nwhen: *\nsay: x\n")
            .byteTokens()
            .write(folder.resolve("limited.rkllm"));
    Path broken = Files.writeString(folder.resolve("broken.rkllm"), "not a model");

    ForkedJvm.Result result =
        new ForkedJvm(folder, RefusedLoadsProgram.class)
            .run(
                Simulator.V1_2.library().toString(),
                Simulator.stub("missing-symbols").toString(),
                limited.toString(),
                broken.toString());

    assertThat(result.out().lines().filter(line -> line.contains("pipes")))
        .as(result.describe())
        .containsExactly(
            "no library: refused, 0 pipes, threads []",
            "bad library: refused, 0 pipes, threads []",
            "lacks a capability: refused, 0 pipes, threads []",
            "context too large: refused, 0 pipes, threads []",
            "native code refuses: refused, 0 pipes, threads []",
            "interrupt: refused, 0 pipes, threads []",
            "doctor: returned, 0 pipes, threads []",
            "loads: returned, 0 pipes, threads []");
  }
}
