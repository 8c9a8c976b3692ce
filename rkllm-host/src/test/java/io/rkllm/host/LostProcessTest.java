package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.InferenceException;
import io.rkllm.InferenceSession;
import io.rkllm.InferenceTimeoutException;
import io.rkllm.LoraAdapter;
import io.rkllm.PausedGeneration;
import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.TokenIterator;
import io.rkllm.chat.ChatFormat;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.TextPrompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Child processes that die or hang. */
@Tag("not-emulated")
@Timeout(120)
class LostProcessTest {
  private static final String[] SCRIPT = {
    "cut: words",
    "when: count slowly to {n:int}",
    "decode-ms: 20",
    "repeat: {n} \" {i}\"",
    "",
    "when: segfault",
    "fault: crash 2",
    "repeat: 10 \" {i}\"",
    "",
    "when: hang",
    "fault: hang-at 2",
    "repeat: 10 \" {i}\"",
    "",
    "when: my name is {name:word}",
    "say: Hello {name}.",
    "",
    "when: what is my name",
    "say: Your name is {name}.",
    "else: You have not told me.",
    "",
    "when: *",
    "needs: lora strict",
    "say: The adapter is there.",
    "",
    "when: *",
    "say: I heard you.",
  };

  @TempDir Path folder;

  private static RkllmModel.Builder load(Path folder, HostRuntime runtime) {
    return RkllmModel.builder(Simulators.model(folder, SCRIPT))
        .library(Simulators.V1_3_1.library())
        .contextLength(1024)
        .runtime(runtime);
  }

  private RkllmModel load() {
    return load(folder, HostRuntime.inChildProcess()).load();
  }

  /** Returns the child of the only model. */
  private static ProcessHandle child() {
    try (Stream<ProcessHandle> children = ProcessHandle.current().children()) {
      return children.findFirst().orElseThrow();
    }
  }

  private static void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(child().pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  @Test
  void generate_nativeCodeCrashes_queueGoesOn() {
    try (RkllmModel model = load()) {
      Generation crashing = model.generate("segfault");
      Generation waiting = model.generate("anything");

      assertThatThrownBy(crashing::text).isInstanceOf(InferenceException.class);
      assertThat(waiting.text()).isEqualTo("I heard you.");
    }
  }

  @Test
  void generate_processIsKilledFromOutside_failsWithSignalAndText_nextWorks() throws Exception {
    try (RkllmModel model = load()) {
      for (String name : List.of("KILL", "TERM")) {
        Generation slow = model.generate("count slowly to 900");
        TokenIterator tokens = slow.iterator();
        String first = tokens.next().text();
        signal(name);

        assertThatThrownBy(slow::text)
            .isInstanceOfSatisfying(
                InferenceException.class, e -> assertThat(e.partialText()).startsWith(first))
            .hasMessageContaining("SIG" + name);
        assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
      }
    }
  }

  /** A frozen process reads nothing, so the input does not even get out. */
  @Test
  void cancel_processIsFrozenBeforeItReadsTheInput_returnsAtOnce_andTheNextWorks()
      throws Exception {
    HostRuntime runtime = HostRuntime.builder().stopGrace(Duration.ofSeconds(3)).build();
    try (RkllmModel model = load(folder, runtime).embeddingWidth(64).load()) {
      ProcessHandle child = child();
      signal("STOP");
      Generation frozen = model.generate(EmbeddingPrompt.of(new float[64 * 900], 64));
      Thread sender = modelThread();
      await().atMost(Duration.ofSeconds(60)).until(() -> writes(sender)); // the socket is full

      frozen.cancel();
      assertThat(child.isAlive()).isTrue();
      assertThat(frozen.result().join().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    }
  }

  private static Thread modelThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("rkllm-model-"))
        .findFirst()
        .orElseThrow();
  }

  private static boolean writes(Thread thread) {
    return Stream.of(thread.getStackTrace())
        .anyMatch(
            frame ->
                frame.getClassName().startsWith("sun.nio.ch.")
                    && frame.getMethodName().equals("write0"));
  }

  @Test
  void call_processIsFrozen_failsWithTheFunction_andTheNextWorks() throws Exception {
    HostRuntime runtime = HostRuntime.builder().callTimeout(Duration.ofSeconds(1)).build();
    try (RkllmModel model = load(folder, runtime).load()) {
      signal("STOP");
      assertThatThrownBy(() -> model.kvCache().sizes())
          .isInstanceOf(RkllmException.class)
          .hasMessageContainingAll("rkllm_get_kv_cache_size", "did not return within PT1S");
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    }
  }

  @Test
  void generate_processEndsBeforeAToken_isRepeatedIfSaidSo() throws Exception {
    String good = Files.readString(Simulators.model(folder, SCRIPT));
    String ending =
        good.replace("when: *", "when: flaky\nfault: end-by SIGKILL\nsay: x\n\nwhen: *");
    Path file = folder.resolve("flaky.rkllm");
    HostRuntime.Builder runtime = HostRuntime.builder().restarts(9, Duration.ofHours(1));

    Files.writeString(file, ending);
    try (RkllmModel model = loadFile(file, runtime.build())) {
      Files.writeString(file, good); // what is loaded again answers
      assertThatThrownBy(() -> model.generate("flaky").text()).hasMessageContaining("SIGKILL");
    }
    Files.writeString(file, ending);
    try (RkllmModel model = loadFile(file, runtime.retryRuns(true).build())) {
      assertThatThrownBy(() -> model.generate("flaky").text()) // twice
          .hasMessageContaining("SIGKILL");
      Files.writeString(file, good);
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
      assertThatThrownBy(() -> model.generate("segfault").text()) // after two tokens
          .hasMessageContaining("SIGSEGV");
      Files.writeString(file, ending);
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
      Files.writeString(file, good);
      assertThat(model.generate("flaky").text()).isEqualTo("I heard you.");
    }
  }

  private static RkllmModel loadFile(Path file, HostRuntime runtime) {
    return RkllmModel.builder(file)
        .library(Simulators.V1_3_1.library())
        .contextLength(1024)
        .runtime(runtime)
        .load();
  }

  @Test
  void call_processDiedWhileIdle_usesAnother() throws Exception {
    try (RkllmModel model = loadAfterDeaths()) {
      killIdle();
      assertThat(model.kvCache().sizes()).containsOnly(0);
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
      assertThat(model.kvCache().sizes()[0]).isPositive();

      killIdle();
      model.kvCache().clear();
      model.setFunctionTools(new FunctionTools("", "[]", "t"));
      killIdle();
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    }
  }

  private RkllmModel loadAfterDeaths() {
    return load(folder, HostRuntime.builder().restarts(9, Duration.ofHours(1)).build()).load();
  }

  /** Kills the process. Whether the application has noticed it yet is left to chance. */
  private static void killIdle() throws Exception {
    ProcessHandle process = child();
    signal("KILL");
    process.onExit().join();
  }

  @Test
  void generate_processWasReplaced_hasItsAdapter() throws Exception {
    Path file =
        Files.writeString(folder.resolve("a.lora"), "RKLLM-SIMULATOR-LORA 1\nfor: test\nseed: 1\n");
    try (RkllmModel model = load()) {
      LoraAdapter adapter = model.loadLora("strict", file, 1);
      GenerationOptions options = GenerationOptions.builder().lora(adapter).build();
      assertThat(model.generate("x", options).text()).isEqualTo("The adapter is there.");
      assertThatThrownBy(() -> model.generate("segfault").text())
          .isInstanceOf(InferenceException.class);

      assertThat(model.generate("x", options).text()).isEqualTo("The adapter is there.");
    }
  }

  @Test
  void session_withChatFormat_continuesAfterACrash() {
    try (RkllmModel model =
            load(folder, HostRuntime.inChildProcess()).chatFormat(ChatFormat.chatMl()).load();
        InferenceSession session = model.openSession()) {
      assertThat(session.generate("my name is Ada").text()).isEqualTo("Hello Ada.");
      assertThatThrownBy(() -> model.generate("segfault").text())
          .isInstanceOf(InferenceException.class);

      assertThat(session.generate("what is my name").text()).isEqualTo("Your name is Ada.");
    }
  }

  @Test
  void session_withTheRuntimesTemplate_failsWithReason_andWorksOnceCleared() {
    try (RkllmModel model = load();
        InferenceSession session = model.openSession()) {
      assertThat(session.generate("my name is Ada").text()).isEqualTo("Hello Ada.");
      assertThatThrownBy(() -> session.generate("segfault").text())
          .isInstanceOf(InferenceException.class);

      assertThatThrownBy(() -> session.generate("what is my name").text())
          .isInstanceOf(InferenceException.class)
          .hasMessageContainingAll("history", "lost", "chat format");
      session.clear();
      assertThat(session.generate("what is my name").text()).isEqualTo("You have not told me.");
    }
  }

  @Test
  void resume_processHasDied_failsWithReason() throws Exception {
    try (RkllmModel model = load()) {
      Generation slow = model.generate("count slowly to 900");
      assertThat(slow.iterator().next().text()).isNotEmpty();
      PausedGeneration paused = slow.pause().orElseThrow();
      ProcessHandle first = child();
      signal("KILL");
      first.onExit().join();

      assertThatThrownBy(() -> paused.resume().text())
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("paused generation was lost");
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    }
  }

  @Test
  void cancel_nativeCodeHangs_endsTheGeneration_andTheNextWorks() {
    HostRuntime runtime = HostRuntime.builder().stopGrace(Duration.ofMillis(300)).build();
    try (RkllmModel model = load(folder, runtime).load()) {
      Generation hanging = model.generate("hang");
      TokenIterator tokens = hanging.iterator();
      String text = tokens.next().text() + tokens.next().text();
      hanging.cancel();

      assertThat(hanging.result().join().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(hanging.result().join().text()).isEqualTo(text);
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
      assertThat(model.isUnresponsive()).isFalse();
    }
  }

  @Test
  void timeout_nativeCodeHangs_failsAsOne_andTheNextWorks() {
    HostRuntime runtime = HostRuntime.builder().stopGrace(Duration.ofMillis(300)).build();
    GenerationOptions options = GenerationOptions.builder().timeout(Duration.ofSeconds(1)).build();
    try (RkllmModel model = load(folder, runtime).load()) {
      assertThatThrownBy(() -> model.generate(TextPrompt.of("hang"), options).text())
          .isInstanceOf(InferenceTimeoutException.class);
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    }
  }

  @Test
  void generate_diesTooOften_closesTheModelWithTheReason() throws Exception {
    HostRuntime runtime = HostRuntime.builder().restarts(1, Duration.ofHours(1)).build();
    try (RkllmModel model = load(folder, runtime).load()) {
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> model.generate("segfault").text()).hasMessageContaining("SIGSEGV");
      }
      assertThatThrownBy(() -> model.generate("anything").text())
          .isInstanceOf(InferenceException.class)
          .hasMessageContainingAll("loaded again 1 times", "closed");
      assertThatThrownBy(() -> model.generate("anything").result().get(10, TimeUnit.SECONDS))
          .hasStackTraceContaining("closed");
    }
  }

  @Test
  void load_initCrashes_failsWithSignal() {
    Leaks before = Leaks.now();
    Path crashing = Simulators.model(folder, "fault: init-crash", "when: *", "say: x");
    assertThatThrownBy(
            () ->
                RkllmModel.builder(crashing).library(Simulators.V1_3_1.library()).isolated().load())
        .isInstanceOf(io.rkllm.ModelLoadException.class)
        .hasMessageContainingAll(crashing.toString(), "SIGSEGV");
    before.assertNoneSince();
  }

  @Test
  void close_always_leavesNeitherProcessNorThreadNorFile() {
    Leaks before = Leaks.now();
    try (RkllmModel model = load()) {
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
      assertThatThrownBy(() -> model.generate("segfault").text())
          .isInstanceOf(InferenceException.class);
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    }
    before.assertNoneSince();
  }
}
