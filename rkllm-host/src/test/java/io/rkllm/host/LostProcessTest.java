package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.InferenceException;
import io.rkllm.InferenceSession;
import io.rkllm.InferenceTimeoutException;
import io.rkllm.LoraAdapter;
import io.rkllm.PausedGeneration;
import io.rkllm.RkllmModel;
import io.rkllm.TokenIterator;
import io.rkllm.chat.ChatFormat;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    "when: assertion",
    "fault: abort-process 2",
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

  @ParameterizedTest
  @CsvSource({"segfault, SIGSEGV", "assertion, SIGABRT"})
  void generate_nativeCodeCrashes_failsWithSignalAndText_queueGoesOn(String prompt, String signal) {
    try (RkllmModel model = load()) {
      Generation crashing = model.generate(prompt);
      Generation waiting = model.generate("anything");

      assertThatThrownBy(crashing::text)
          .isInstanceOfSatisfying(
              InferenceException.class, e -> assertThat(e.partialText()).isEqualTo(" 1 2"))
          .hasMessageContainingAll(signal, "its last lines were");
      assertThat(waiting.text()).isEqualTo("I heard you.");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"SEGV", "ABRT", "BUS", "KILL", "TERM"})
  void generate_processIsKilled_failsWithSignalAndText_nextWorks(String name) throws Exception {
    try (RkllmModel model = load()) {
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

  @Test
  void generate_processDiesWhileIdle_isReplaced() throws Exception {
    try (RkllmModel model = load()) {
      ProcessHandle first = child();
      signal("KILL");
      first.onExit().join();

      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
      assertThat(model.kvCache().sizes()[0]).isPositive();
    }
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
    Path crashing = Simulators.model(folder, "fault: init-crash", "when: *", "say: x");
    assertThatThrownBy(
            () ->
                RkllmModel.builder(crashing).library(Simulators.V1_3_1.library()).isolated().load())
        .isInstanceOf(io.rkllm.ModelLoadException.class)
        .hasMessageContainingAll(crashing.toString(), "SIGSEGV");
    assertNothingIsLeft();
  }

  @Test
  void close_always_leavesNeitherProcessNorThreadNorFile() {
    try (RkllmModel model = load()) {
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
      assertThatThrownBy(() -> model.generate("segfault").text())
          .isInstanceOf(InferenceException.class);
      assertThat(model.generate("anything").text()).isEqualTo("I heard you.");
    }
    assertNothingIsLeft();
  }

  private static void assertNothingIsLeft() {
    try (Stream<ProcessHandle> children = ProcessHandle.current().children()) {
      assertThat(children).isEmpty();
    }
    List<String> threads =
        Thread.getAllStackTraces().keySet().stream()
            .map(Thread::getName)
            .filter(name -> name.startsWith("rkllm-host"))
            .toList();
    assertThat(threads).isEmpty();
    try (Stream<Path> files = Files.list(Path.of("/dev/shm"))) {
      assertThat(files.map(Path::toString))
          .noneMatch(name -> name.contains(PrivateFolder.prefix(ProcessHandle.current().pid())));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
