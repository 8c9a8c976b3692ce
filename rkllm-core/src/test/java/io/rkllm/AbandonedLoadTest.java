package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.file.ContainerBytes;
import io.rkllm.file.ModelFile;
import io.rkllm.file.ModelFileException;
import io.rkllm.runtime.DoctorReport;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loads whose callers do not wait for the end, and what remains of a model after it is closed. */
@Timeout(30)
class AbandonedLoadTest {
  private static final int DOMAIN = 222;

  private final ScriptedRuntime runtime = ScriptedRuntime.answering(Script::of);
  private final CountDownLatch loading = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  /** Blocks in init, or while the library is opened, until the test releases it. */
  private class Hanging implements RuntimeProvider, InferenceRuntime {
    private final boolean inOpen;

    Hanging(boolean inOpen) {
      this.inOpen = inOpen;
    }

    @Override
    public String name() {
      return "hanging";
    }

    @Override
    public InferenceRuntime open(RuntimeOptions options) {
      if (inOpen) {
        hang();
      }
      return this;
    }

    @Override
    public DoctorReport diagnose(RuntimeOptions options) {
      return runtime.diagnose(options);
    }

    @Override
    public RuntimeInfo info() {
      return runtime.info();
    }

    @Override
    public NativeModel load(ModelConfig config) {
      if (!inOpen) {
        hang();
      }
      return runtime.load(config);
    }

    @Override
    public void exitProcess(int status) {
      runtime.exitProcess(status);
    }

    private void hang() {
      loading.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        awaitUninterruptibly();
      }
    }

    /** Waits like native code, which ignores interrupts. */
    private void awaitUninterruptibly() {
      while (goOn.getCount() > 0) {
        Thread.onSpinWait();
      }
    }
  }

  @AfterEach
  void letGo() {
    goOn.countDown();
  }

  private RkllmModel.Builder hanging(String name, boolean inOpen) {
    return RkllmModel.builder(Path.of(name)).runtime(new Hanging(inOpen)).baseDomain(DOMAIN);
  }

  private RkllmModel.Builder scripted(String name) {
    return RkllmModel.builder(Path.of(name)).runtime(runtime);
  }

  private static boolean hasThreadOf(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().contains(name));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void load_interruptedWhileNativeCodeHangs_throws_andGivesBackWhatItTookLater(boolean inOpen)
      throws Exception {
    FutureTask<Boolean> load =
        new FutureTask<>(
            () -> {
              try {
                hanging("interrupted.rkllm", inOpen).load();
                return false;
              } catch (ModelLoadException e) {
                assertThat(e).hasMessageContaining("interrupted").hasMessageContaining("rkllm");
                return Thread.currentThread().isInterrupted();
              }
            });
    Thread caller = Thread.ofPlatform().start(load);
    loading.await();
    caller.interrupt();
    assertThat(load.get()).isTrue();

    assertThatThrownBy(() -> scripted("x").baseDomain(DOMAIN).load())
        .hasMessageContaining("in use");
    goOn.countDown();
    await().until(() -> !hasThreadOf("interrupted.rkllm"));
    assertThat(runtime.configs()).hasSize(inOpen ? 0 : 1);
    assertThat(runtime.openModels()).isZero();
    scripted("x").baseDomain(DOMAIN).load().close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void load_timeIsOver_throws(boolean inOpen) {
    RkllmModel.Builder builder = hanging("slow.rkllm", inOpen).loadTimeout(Duration.ofMillis(20));
    assertThatThrownBy(builder::load)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("slow.rkllm", "loadTimeout", "PT0.02S");

    goOn.countDown();
    await().until(() -> !hasThreadOf("slow.rkllm"));
    assertThat(runtime.openModels()).isZero();
  }

  // ---- While the model's file is read

  @TempDir Path folder;

  private static boolean isReading(String name) {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().contains(name))
        .flatMap(thread -> Arrays.stream(thread.getValue()))
        .anyMatch(frame -> frame.getClassName().equals("io.rkllm.file.DirectoryReader"));
  }

  /** Repeated, because the file may have been read before the interrupt arrives. */
  @Test
  void load_interruptedWhileTheFileIsRead_doesNotCallNativeCode() throws Exception {
    Path file = ContainerBytes.writeLong(folder.resolve("long.rkllm"));
    await().pollDelay(Duration.ZERO).until(() -> isInterruptedWhileReading(file));
    scripted("x").baseDomain(DOMAIN).load().close();
  }

  private boolean isInterruptedWhileReading(Path file) throws Exception {
    int loads = runtime.configs().size();
    FutureTask<Throwable> load =
        new FutureTask<>(
            () -> {
              try {
                RkllmModel.builder(file).runtime(runtime).baseDomain(DOMAIN).load().close();
                return new AssertionError("was loaded");
              } catch (ModelLoadException e) {
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
                return e;
              }
            });
    Thread caller = Thread.ofPlatform().start(load);
    while (!isReading("long.rkllm") && !load.isDone()) {
      Thread.onSpinWait();
    }
    caller.interrupt();
    Throwable thrown = load.get();
    await().until(() -> !hasThreadOf("long.rkllm"));
    assertThat(runtime.openModels()).isZero();
    if (thrown instanceof ModelLoadException) {
      assertThat(thrown).hasMessageContaining("the thread was interrupted");
    }
    return runtime.configs().size() == loads;
  }

  /** An interrupt that a library leaves behind is not meant for the reading of the file. */
  @Test
  void open_thatLeavesAnInterrupt_doesNotLoseTheFactsOfTheFile() throws Exception {
    Path file =
        new ContainerBytes().u32("rkllm.max_context", 2048).write(folder.resolve("x.rkllm"));
    RuntimeProvider interrupting =
        new Hanging(true) {
          @Override
          public InferenceRuntime open(RuntimeOptions options) {
            Thread.currentThread().interrupt();
            return runtime;
          }
        };
    try (RkllmModel model = RkllmModel.builder(file).runtime(interrupting).load()) {
      assertThat(model.file()).isPresent();
    }
  }

  @Test
  void modelFile_readOnAnInterruptedThread_saysSo() throws Exception {
    Path file = new ContainerBytes().write(folder.resolve("y.rkllm"));
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> ModelFile.read(file))
          .isInstanceOf(ModelFileException.class)
          .hasMessageContaining("was not read, because the thread was interrupted");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void load_withinItsTime_isLoaded() {
    try (RkllmModel model = scripted("quick").loadTimeout(Duration.ofSeconds(20)).load()) {
      assertThat(model.generate("x").text()).isEqualTo("x");
    }
  }

  @Test
  void load_interruptedBeforehand_beginsNothing() throws Exception {
    FutureTask<Void> load =
        new FutureTask<>(
            () -> {
              Thread.currentThread().interrupt();
              hanging("never.rkllm", false).load();
              return null;
            });
    Thread.ofPlatform().start(load);

    assertThatThrownBy(load::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("interrupted");
    assertThat(loading.getCount()).isOne();
  }

  @Test
  void close_manyModelsWithTimeoutsAndListeners_leavesNoThread() {
    GenerationOptions options = GenerationOptions.builder().timeout(Duration.ofMinutes(5)).build();
    for (int i = 0; i < 50; i++) {
      try (RkllmModel model = scripted("threads.rkllm").load()) {
        model.generate(io.rkllm.input.TextPrompt.of("x"), options).text();
        Generation cancelled = model.generate(io.rkllm.input.TextPrompt.of("y"), options);
        cancelled.cancel();
      }
    }
    // This is shorter than the time after which idle threads end by themselves.
    await().atMost(Duration.ofSeconds(3)).until(() -> !hasThreadOf("threads.rkllm"));
  }

  @Test
  void shutdownOptions_outOfRange_areRefused() {
    assertThatThrownBy(() -> scripted("x").shutdownGrace(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("shutdownGrace");
    assertThatThrownBy(() -> scripted("x").loadTimeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("loadTimeout");
  }
}
