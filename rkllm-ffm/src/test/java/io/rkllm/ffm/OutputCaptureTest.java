package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.ModelLoadException;
import io.rkllm.input.TextPrompt;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.SharedThreads;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** Native output is logged, and Java's is written to standard output; in separate JVMs. */
@Tag("not-emulated") // many JVMs, and the same on every processor
class OutputCaptureTest {
  @TempDir Path folder;

  /** Loads a model and runs it, and prints before, in between and after. */
  static final class Talker {
    public static void main(String[] arguments) throws Exception {
      System.out.println("Java before: Grüße");
      InferenceRuntime runtime =
          new FfmRuntimeProvider().open(new RuntimeOptions(Path.of(arguments[0]), null, true));
      System.out.print("Java while capturing: 你好");
      System.out.println(" 🦀");
      ModelFile file = ModelFile.in(Path.of(""), "overflow: error", "when: *", "say: hello");
      NativeModel model = runtime.load(file.with().contextLength(64).build());
      System.out.println("Java after loading");
      RecordingObserver observer = new RecordingObserver();
      model.run(RunRequest.of(TextPrompt.of("word ".repeat(500))), observer);
      // Without a callback and without captured output, there is no error message.
      System.out.println(
          observer.errors.isEmpty() ? "no words" : observer.errors.getLast().orElse("no words"));
      model.destroy();
      try {
        runtime.load(file.with().contextLength(8192).build());
      } catch (ModelLoadException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private static void assertTalk(ForkedJvm.Result result) {
    assertThat(result.exitCode()).as(result.describe()).isZero();
    List<String> out = result.out().lines().toList();
    assertThat(out)
        .hasSize(5)
        .startsWith("Java before: Grüße", "Java while capturing: 你好 🦀", "Java after loading");
    // The message of native code, which was not passed to its callback.
    assertThat(out.get(3)).contains("prompt gather than max context (prompt: ");
    assertThat(out.get(4))
        .contains("The runtime says: E rkllm: max_context[8192] must be less than")
        .contains("To fix this: load it with a context length of at most 4096");
    assertThat(result.err())
        .contains("INFO io.rkllm.native - I rkllm: rkllm-runtime version:")
        .contains("ERROR io.rkllm.native - E rkllm: max_context[8192]")
        .doesNotContain("fence");
  }

  @ParameterizedTest
  @EnumSource
  void nativeAndJavaLines_goTheirOwnWays_throughAPipe(Simulator simulator) throws Exception {
    assertTalk(new ForkedJvm(folder, Talker.class).run(simulator.library().toString()));
  }

  @ParameterizedTest
  @EnumSource
  void nativeAndJavaLines_goTheirOwnWays_intoAFile(Simulator simulator) throws Exception {
    ForkedJvm jvm = new ForkedJvm(folder, Talker.class);
    assertTalk(jvm.runWithOutputInFile(simulator.library().toString()));
  }

  @Test
  void encodingOfStandardOutput_isKept() throws Exception {
    ForkedJvm.Result result =
        new ForkedJvm(folder, Talker.class)
            .option("-Dstdout.encoding=US-ASCII")
            .run(Simulator.V1_3.library().toString());

    assertThat(result.out()).contains("Java before: Gr??e").contains("capturing: ?? ?");
  }

  /** Prints much text at the same time through C's stdio and Java's. */
  static final class Chatterbox {
    static final int LINES = 20_000;

    public static void main(String[] arguments) throws Exception {
      Chatterbox.capture();
      Thread c =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < LINES; i++) {
                      puts("I rkllm: native line " + i + " " + "x".repeat(i % 200));
                    }
                  });
      for (int i = 0; i < LINES; i++) {
        System.out.println("java line " + i + " " + "y".repeat(i % 200));
      }
      c.join();
      puts("E rkllm: the end");
      System.out.println("complaints " + OutputCapture.complaintsSince(0));
    }

    /** Captures the output as for an open model. */
    static void capture() {
      OutputCapture.start();
      OutputCapture.modelOpened();
    }

    static void puts(String line) {
      MethodHandle puts = Libc.function("puts", FunctionDescriptor.of(JAVA_INT, ADDRESS));
      try (Arena arena = Arena.ofConfined()) {
        int _ = (int) puts.invokeExact(arena.allocateFrom(line));
      } catch (Throwable t) {
        throw new AssertionError(t);
      }
    }
  }

  @Test
  void muchOutputFromBothSides_losesNothing() throws Exception {
    ForkedJvm.Result result = new ForkedJvm(folder, Chatterbox.class).run();

    assertThat(result.exitCode()).as("exit code").isZero();
    List<String> out = result.out().lines().toList();
    assertThat(out.getLast()).isEqualTo("complaints [E rkllm: the end]");
    assertThat(out.subList(0, out.size() - 1))
        .isEqualTo(
            IntStream.range(0, Chatterbox.LINES)
                .mapToObj(i -> "java line " + i + " " + "y".repeat(i % 200))
                .toList());
    List<String> captured =
        result.err().lines().filter(line -> line.contains("native line ")).toList();
    assertThat(captured).hasSize(Chatterbox.LINES);
    assertThat(captured.getFirst()).contains("INFO io.rkllm.native - I rkllm: native line 0");
    assertThat(captured.getLast()).contains("native line 19999 ");
  }

  /** Leaves more in C's buffer than the capacity of a pipe that is no longer read. */
  static final class LastWords {
    public static void main(String[] arguments) throws Throwable {
      Chatterbox.capture();
      MemorySegment stdout = Libc.symbol("stdout").reinterpret(8).get(ADDRESS, 0);
      MethodHandle setvbuf =
          Libc.function(
              "setvbuf", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, JAVA_LONG));
      MemorySegment buffer = Arena.global().allocate(1 << 20);
      int _ = (int) setvbuf.invokeExact(stdout, buffer, 0, 1L << 20);
      for (int i = 0; i < 8; i++) {
        Chatterbox.puts("x".repeat(64 << 10));
      }
      System.out.println("main ends");
    }
  }

  @Test
  void muchOutputAtTheEnd_doesNotKeepTheProcess() throws Exception {
    ForkedJvm.Result result = new ForkedJvm(folder, LastWords.class).run();

    assertThat(result.exitCode()).as("exit code").isZero();
    assertThat(result.out()).isEqualTo("main ends\n");
  }

  @Test
  void logThatGoesToStandardOutputItself_doesNotLoop() throws Exception {
    ForkedJvm.Result result =
        new ForkedJvm(folder, Talker.class)
            .option("-Dorg.slf4j.simpleLogger.logFile=System.out")
            .option("-Dorg.slf4j.simpleLogger.cacheOutputStream=true")
            .run(Simulator.V1_3.library().toString());

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.out()).contains("Java after loading").contains("I rkllm: rkllm-runtime");
    assertThat(result.out().lines().count()).isLessThan(60);
  }

  /** Starts capturing although the process must not open more files. */
  static final class Starved {
    public static void main(String[] arguments) throws Throwable {
      Chatterbox.puts("C before");
      // Loads the classes that are needed later.
      Posix.close(Posix.duplicate(2));
      Posix.flushStandardOutput();
      new DescriptorOutputStream(1).write("Java by descriptor\n".getBytes(UTF_8));
      Class.forName(OutputCapture.class.getName());
      Class.forName(CapturedLines.class.getName());
      Class.forName(SharedThreads.class.getName());
      Class.forName(LineDispatcher.class.getName());
      LoggerFactory.getLogger(OutputCaptureTest.class).warn("warm", new IOException("up"));
      MethodHandle setrlimit =
          Libc.function("setrlimit", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
      MemorySegment none = Arena.global().allocateFrom(JAVA_LONG, 3, 3);
      int result = (int) setrlimit.invokeExact(7, none);
      Chatterbox.capture();
      System.out.println("Java after, " + result);
      Chatterbox.puts("C after");
    }
  }

  @Test
  void captureThatFails_leavesAllAsItWas() throws Exception {
    ForkedJvm.Result result = new ForkedJvm(folder, Starved.class).run();

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.out().lines())
        .containsExactlyInAnyOrder("C before", "Java by descriptor", "Java after, 0", "C after");
    assertThat(result.err()).contains("it cannot be captured").contains("fcntl failed");
  }

  /** Has a log that blocks until more has been printed than a pipe and all buffers hold. */
  static final class BlockedLog {
    static final int LINES = 20_000;

    public static void main(String[] arguments) throws Exception {
      PrintStream err = System.err;
      CountDownLatch printed = new CountDownLatch(1);
      CountDownLatch logGoesOn = new CountDownLatch(10); // more than the 256 lines that may wait
      System.setErr(
          new PrintStream(
              new OutputStream() {
                @Override
                public void write(int b) {
                  throw new AssertionError("whole arrays are written");
                }

                @Override
                public void write(byte[] bytes, int offset, int length) {
                  if (!Thread.currentThread().getName().equals("main")) {
                    await(printed);
                  }
                  err.write(bytes, offset, length);
                  logGoesOn.countDown();
                }
              }));
      Chatterbox.capture();
      for (int i = 0; i < LINES; i++) {
        Chatterbox.puts("I rkllm: native line " + i);
      }
      System.out.println("native code went on");
      printed.countDown();
      await(logGoesOn);
      Chatterbox.puts("E rkllm: the end");
      System.out.println("complaints " + OutputCapture.complaintsSince(0));
    }

    private static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void logThatBlocks_stopsNoNativeCode_andDroppedLinesAreReported() throws Exception {
    ForkedJvm.Result result = new ForkedJvm(folder, BlockedLog.class).run();

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.out()).contains("native code went on", "complaints [E rkllm: the end]");
    assertThat(result.err())
        .contains("native line 0\n", "E rkllm: the end")
        .containsPattern("[0-9]+ lines of native output were dropped");
  }

  /** Has a log that blocks at the warning that another copy of the SDK captures the output. */
  static final class BlockedWarning {
    public static void main(String[] arguments) throws Exception {
      CountDownLatch logs = new CountDownLatch(1);
      System.setErr(
          new PrintStream(
              new OutputStream() {
                @Override
                public void write(int b) {
                  block();
                }

                @Override
                public void write(byte[] bytes, int offset, int length) {
                  block();
                }

                private void block() {
                  logs.countDown();
                  BlockedLog.await(new CountDownLatch(1));
                }
              }));
      System.setProperty(OutputCapture.KEY, "another copy");
      Thread.ofPlatform().daemon().start(Chatterbox::capture);
      logs.await();
      OutputCapture.modelOpened();
      OutputCapture.modelClosed();
      System.out.println("others go on");
    }
  }

  @Test
  void logThatBlocksAtAWarning_blocksNoOtherModel() throws Exception {
    ForkedJvm.Result result = new ForkedJvm(folder, BlockedWarning.class).run();

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.out()).contains("others go on");
  }

  /** Prints more on a virtual thread than the capacity of a pipe that is not read. */
  static final class Stalled {
    public static void main(String[] arguments) throws Exception {
      Chatterbox.capture();
      CountDownLatch begun = new CountDownLatch(1);
      Thread.ofVirtual()
          .start(
              () -> {
                begun.countDown();
                for (int i = 0; i < 1000; i++) {
                  System.out.println("x".repeat(1000));
                }
              });
      begun.await();
      Thread.ofVirtual().start(() -> System.err.println("the other has run")).join();
      Runtime.getRuntime().halt(0);
    }
  }

  @Test
  void standardOutputThatStalls_holdsUpNoOtherVirtualThread() throws Exception {
    Process process =
        new ForkedJvm(folder, Stalled.class)
            .option("-Djdk.virtualThreadScheduler.parallelism=1")
            .option("-Djdk.virtualThreadScheduler.maxPoolSize=1")
            .start();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    process.destroyForcibly();

    assertThat(ended).isTrue();
    assertThat(Files.readString(folder.resolve("err.txt"))).contains("the other has run");
  }

  /**
   * If a process is started without standard output, the JVM opens one of its files with that
   * descriptor.
   */
  @Test
  void standardOutputClosed_isLeftAsItIs() throws Exception {
    ForkedJvm.Result result =
        new ForkedJvm(folder, Talker.class)
            .runWithOutputClosed(Simulator.V1_3.library().toString());

    assertThat(result.exitCode()).as(result.describe()).isZero();
    assertThat(result.err()).contains("it cannot be captured");
  }
}
