package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.chat.ChatFormat;
import io.rkllm.forward.ForwardOptions;
import io.rkllm.forward.Positions;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.TextPrompt;
import io.rkllm.spi.RunRequest;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Adapters, prompt caches, the KV cache, templates, tools and cross-attention. */
@Timeout(30)
class AttachmentsTest {
  private static final FunctionTools TOOLS = new FunctionTools("S", "[]", "tool_response");
  private static final ChatTemplate TEMPLATE = new ChatTemplate("s", "a", "b");

  @TempDir Path folder;
  private Path file;

  private final Hold hold = new Hold();
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt ->
              prompt.contains("held")
                  ? Script.of("a").then(hold::here).then("b")
                  : Script.counting(3));
  private final RkllmModel model = builder().load();

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime);
  }

  @BeforeEach
  void makeFile() throws Exception {
    file = Files.createFile(folder.resolve("file"));
  }

  @AfterEach
  void allIsFreed() {
    hold.release();
    model.close();
    assertThat(runtime.openModels()).isZero();
  }

  private static void assertRefusedByTheRuntime(String function, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RkllmException.class,
            e -> {
              assertThat(e.operation()).isEqualTo(function);
              assertThat(e.nativeCode()).isEqualTo(-1);
            })
        .hasMessageContainingAll(function + " returned -1");
  }

  // ---- LoRA adapters

  @Test
  void lora_isLoaded_andChosenByRun() {
    LoraAdapter adapter = model.loadLora("style", file, 0.5);
    model.generate("x", GenerationOptions.builder().lora(adapter).build()).text();
    model.generate("x").text();
    model.logits(
        TextPrompt.of("x"), Positions.last(), ForwardOptions.builder().lora(adapter).build());

    assertThat(adapter.name()).isEqualTo("style");
    assertThat(adapter.file()).isEqualTo(file).isAbsolute();
    assertThat(adapter.scale()).isEqualTo(0.5f);
    assertThat(adapter).hasToString("LoRA adapter style × 0.5");
    assertThat(runtime.calls()).containsExactly("loadLora style 0.5");
    assertThat(runtime.requests().stream().map(RunRequest::loraAdapter))
        .containsExactly("style", null, "style");
  }

  @Test
  void lora_ofAnotherModel_isRefusedByName() {
    try (RkllmModel other = builder().load()) {
      LoraAdapter foreign = other.loadLora("style", file, 1);
      model.loadLora("style", file, 1); // the same name is used by another adapter

      assertThatThrownBy(
              () -> model.generate("x", GenerationOptions.builder().lora(foreign).build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("style", "another model", "loadLora()");
      assertThatThrownBy(
              () ->
                  model.logits(
                      TextPrompt.of("x"),
                      Positions.last(),
                      ForwardOptions.builder().lora(foreign).build()))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(runtime.requests()).isEmpty();
  }

  @Test
  void lora_badArguments_areRefusedBeforeTheRuntime() {
    assertThatThrownBy(() -> model.loadLora("", file, 1)).hasMessageContaining("name");
    assertThatThrownBy(() -> model.loadLora("a\0", file, 1)).hasMessageContaining("NUL");
    assertThatThrownBy(() -> model.loadLora("a", null, 1)).hasMessageContaining("null");
    assertThatThrownBy(() -> model.loadLora("a", folder, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(folder.toString(), "is not a file");
    assertThatThrownBy(() -> model.loadLora("a", folder.resolve("none"), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not exist");
    for (double scale : new double[] {1000.5, -1001, Double.NaN}) {
      assertThatThrownBy(() -> model.loadLora("a", file, scale))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("scale", "was " + scale);
    }
    assertThat(runtime.calls()).isEmpty();
  }

  @Test
  void lora_nameTaken_isRefused_butNotOneThatTheRuntimeRefused() {
    runtime.returning(-1);
    assertRefusedByTheRuntime("rkllm_load_lora", () -> model.loadLora("a", file, 1));
    runtime.returning(0);
    model.loadLora("a", file, 1);
    assertThatThrownBy(() -> model.loadLora("a", file, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("named a", "another name");
    assertThat(runtime.calls()).hasSize(2);
  }

  /** Both callers find the name unused; the second one finds it in use when its turn has come. */
  @Test
  void lora_nameTakenWhileTheCallWaited_isRefused() throws Exception {
    Throwable refused =
        secondCaller(() -> model.loadLora("a", file, 1), () -> model.loadLora("a", file, 2));

    assertThat(refused)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("named a");
    assertThat(runtime.calls()).containsExactly("loadLora a 1.0");
  }

  @Test
  void promptCache_loadedWhileTheCallWaited_isRefused() throws Exception {
    Throwable refused =
        secondCaller(() -> model.loadPromptCache(file), () -> model.loadPromptCache(file));

    assertThat(refused)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("close it first");
    assertThat(runtime.calls()).containsExactly("loadPromptCache");
  }

  @Test
  void tools_templateReplacedWhileTheCallWaited_areRefused() throws Exception {
    Throwable refused =
        secondCaller(() -> model.setChatTemplate(TEMPLATE), () -> model.setFunctionTools(TOOLS));

    assertThat(refused)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("setFunctionTools() needs the model's own template");
    assertThat(runtime.calls()).containsExactly("setChatTemplate " + TEMPLATE);
  }

  /**
   * Makes a call, and a second one that passes its checks before native code has returned from the
   * first. Returns the exception of the second call.
   */
  private Throwable secondCaller(ThrowingCallable first, ThrowingCallable second)
      throws InterruptedException {
    Hold inside = new Hold();
    runtime.duringCalls(inside::hereUnchecked);
    Caller one = new Caller(first);
    inside.awaitReached();
    Caller two = new Caller(second);
    await().until(two::waits);
    inside.release();
    assertThat(one.thrown()).isNull();
    return two.thrown();
  }

  /** A thread that makes a call and records its exception. */
  private static final class Caller {
    private final AtomicReference<Throwable> thrown = new AtomicReference<>();
    private final Thread thread;

    Caller(ThrowingCallable call) {
      thread =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      call.call();
                    } catch (Throwable refused) {
                      thrown.set(refused);
                    }
                  });
    }

    boolean waits() {
      return thread.getState() == Thread.State.WAITING;
    }

    Throwable thrown() throws InterruptedException {
      thread.join();
      return thrown.get();
    }
  }

  @Test
  void call_interruptedBeforeItBegan_isNotMade() throws Exception {
    Generation held = model.generate("held");
    hold.awaitReached();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    model.loadLora("a", file, 1);
                  } catch (RkllmException e) {
                    thrown.set(
                        Thread.currentThread().isInterrupted() ? e : new AssertionError("lost"));
                  }
                });
    await().until(() -> caller.getState() == Thread.State.WAITING);
    caller.interrupt();
    caller.join();
    hold.release();
    held.text();

    assertThat(thrown.get())
        .isInstanceOf(RkllmException.class)
        .hasMessageContaining("was not made");
    assertThat(model.loadLora("a", file, 1).name()).isEqualTo("a"); // the name is available
    assertThat(runtime.calls()).hasSize(1);
  }

  @Test
  void call_waitingBehindARunThatNeverReturns_isNotifiedOfTheClose() throws Exception {
    RkllmModel stuck = builder().closeTimeout(Duration.ofMillis(20)).load();
    stuck.generate("held");
    hold.awaitReached();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    stuck.kvCache().sizes();
                  } catch (ModelClosedException e) {
                    thrown.set(e);
                  }
                });
    await().until(() -> caller.getState() == Thread.State.WAITING);
    stuck.close(); // stops waiting
    caller.join();

    assertThat(thrown.get()).hasMessageContaining("closed");
    hold.release();
    await().until(() -> runtime.openModels() == 1);
  }

  // ---- Prompt cache

  @Test
  void promptCache_oneAtATime() {
    PromptCache first = model.loadPromptCache(file);
    assertThat(first.file()).isEqualTo(file);
    assertThatThrownBy(() -> model.loadPromptCache(file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("close it first");
    first.close();
    first.close();
    PromptCache second = model.loadPromptCache(file);
    first.close(); // does not release the second one

    assertThat(runtime.calls())
        .containsExactly("loadPromptCache", "releasePromptCache", "loadPromptCache");
    model.close();
    second.close();
    assertThat(runtime.calls()).hasSize(3);
  }

  @Test
  void promptCache_refused_isNotLoaded() {
    runtime.returning(-1);
    assertRefusedByTheRuntime("rkllm_load_prompt_cache", () -> model.loadPromptCache(file));
    runtime.returning(0);
    PromptCache cache = model.loadPromptCache(file);
    runtime.returning(-1);
    assertRefusedByTheRuntime("rkllm_release_prompt_cache", cache::close);
    assertThatThrownBy(() -> model.loadPromptCache(folder.resolve("none")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** It is released when the reader has returned, and the next caller need not wait for that. */
  @Test
  void promptCache_closedInsideAReader_doesNotBlockTheNext() throws Exception {
    PromptCache cache = model.loadPromptCache(file);
    Hold inside = new Hold();
    Caller reading =
        new Caller(
            () ->
                model.readLogits(
                    TextPrompt.of("x"),
                    ForwardOptions.defaults(),
                    logits -> {
                      cache.close();
                      inside.hereUnchecked();
                      return logits;
                    }));
    inside.awaitReached();
    Caller next = new Caller(() -> model.loadPromptCache(file));
    await().until(next::waits);
    inside.release();
    assertThat(next.thrown()).isNull();
    assertThat(reading.thrown()).isNull();
    assertThat(runtime.calls())
        .containsExactly("loadPromptCache", "releasePromptCache", "loadPromptCache");
  }

  @Test
  void promptCache_whoseCallerWasInterrupted_doesNotBlockTheNext() throws Exception {
    Hold loading = new Hold();
    runtime.duringCalls(loading::hereUnchecked);
    Thread caller =
        Thread.ofPlatform()
            .start(
                () ->
                    assertThatThrownBy(() -> model.loadPromptCache(file))
                        .hasMessageContaining("may have been made"));
    loading.awaitReached();
    caller.interrupt();
    caller.join();
    loading.release();

    model.loadPromptCache(file);
    assertThat(runtime.calls())
        .containsExactly("loadPromptCache", "releasePromptCache", "loadPromptCache");
  }

  @Test
  void promptCache_isSavedWhereItCanBe() {
    Path target = folder.resolve("prompt.cache");
    model.generate("x", GenerationOptions.builder().savePromptCache(target).build()).text();
    assertThat(runtime.requests().getFirst().promptCacheFile()).isEqualTo(target);

    for (Path bad : List.of(folder, folder.resolve("none").resolve("x"))) {
      GenerationOptions options = GenerationOptions.builder().savePromptCache(bad).build();
      assertThatThrownBy(() -> model.generate("x", options))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("savePromptCache", bad.toString());
    }
    try (InferenceSession session = model.openSession()) {
      GenerationOptions options = GenerationOptions.builder().savePromptCache(target).build();
      assertThatThrownBy(() -> session.generate("x", options))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("savePromptCache", "chatFormat");
    }
    assertThat(runtime.requests()).hasSize(1);
  }

  // ---- Calls that would lose the history of a session

  @Test
  void openSession_isNotOverwritten() {
    try (InferenceSession session = model.openSession()) {
      session.generate("x").text();
      int cleared = runtime.clears();
      List<ThrowingCallable> calls =
          List.of(
              () -> model.loadPromptCache(file),
              () -> model.kvCache().clear(),
              () -> model.kvCache().clearKeepingSystemPrompt(),
              () -> model.setChatTemplate(TEMPLATE),
              () -> model.setFunctionTools(TOOLS));
      for (ThrowingCallable call : calls) {
        assertThatThrownBy(call)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContainingAll("session is open", "history", "Close the session first");
      }
      assertThat(model.kvCache().sizes()).hasSize(1); // reading the size is allowed
      assertThat(runtime.clears()).isEqualTo(cleared);
    }
    assertThat(runtime.calls()).isEmpty();
    assertThatCode(() -> model.kvCache().clear()).doesNotThrowAnyException();
  }

  @Test
  void sessionOpenedWhileTheCallWaited_isNotOverwritten() throws Exception {
    Generation held = model.generate("held");
    hold.awaitReached();
    List<ThrowingCallable> calls =
        List.of(
            () -> model.kvCache().clear(),
            () -> model.kvCache().clearKeepingSystemPrompt(),
            () -> model.loadPromptCache(file),
            () -> model.setChatTemplate(TEMPLATE),
            () -> model.setFunctionTools(TOOLS));
    List<Caller> callers = calls.stream().map(Caller::new).toList();
    await().until(() -> callers.stream().allMatch(Caller::waits));
    InferenceSession session = model.openSession();
    hold.release();
    held.text();

    for (Caller caller : callers) {
      assertThat(caller.thrown()).hasMessageContaining("session is open");
    }
    assertThat(runtime.clears()).isZero();
    assertThat(runtime.calls()).isEmpty();
    session.close();
  }

  @Test
  void kvCache_sizesAndClears() {
    model.generate("x").text();
    assertThat(model.kvCache().sizes()).containsExactly(3);
    model.kvCache().clear();
    assertThat(model.kvCache().sizes()).containsExactly(0);
    model.kvCache().clearKeepingSystemPrompt();
    assertThat(runtime.clears()).isEqualTo(2);
    try (RkllmModel batches = builder().batchSize(3).load()) {
      assertThat(batches.kvCache().sizes()).hasSize(3);
    }
  }

  // ---- Templates and tools

  @Test
  void templateAndTools_reachTheRuntime_toolsFirst() {
    model.setFunctionTools(TOOLS);
    model.setChatTemplate(TEMPLATE);
    assertThat(runtime.calls())
        .containsExactly("setFunctionTools []", "setChatTemplate " + TEMPLATE);

    assertThatThrownBy(() -> model.setFunctionTools(TOOLS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("setChatTemplate()", "load the model again");
    model.setChatTemplate(ChatTemplate.NONE); // a template may be replaced by another
    assertThat(runtime.calls()).hasSize(3);
  }

  @Test
  void templateThatWasRefused_isNotInTheWayOfTools() {
    runtime.returning(-1);
    assertRefusedByTheRuntime("rkllm_set_chat_template", () -> model.setChatTemplate(TEMPLATE));
    assertRefusedByTheRuntime("rkllm_set_function_tools", () -> model.setFunctionTools(TOOLS));
    runtime.returning(0);
    assertThatCode(() -> model.setFunctionTools(TOOLS)).doesNotThrowAnyException();
  }

  @Test
  void chatFormat_hasNoTemplateToChange() {
    try (RkllmModel formatted = builder().chatFormat(ChatFormat.chatMl()).load();
        InferenceSession session = formatted.openSession()) {
      session.generate("x").text();
      for (ThrowingCallable call :
          List.<ThrowingCallable>of(
              () -> formatted.setChatTemplate(TEMPLATE), () -> formatted.setFunctionTools(TOOLS))) {
        assertThatThrownBy(call)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContainingAll("loaded with a chat format", "Load it without one");
      }
      formatted.kvCache().clear(); // no history is lost, because transcripts are sent whole
      formatted.loadPromptCache(file).close();
    }
    assertThat(runtime.calls())
        .containsExactly(
            "setChatTemplate " + ChatTemplate.NONE, "loadPromptCache", "releasePromptCache");
  }

  // ---- Cross-attention

  @Test
  void crossAttention_holdsItsMemory_untilOthersAreSetOrTheModelIsClosed() {
    RkllmModel decoder = builder().crossAttention().load();
    NativeFloats first = NativeFloats.allocate(6);
    NativeFloats second = NativeFloats.allocate(6);
    assertThatThrownBy(() -> decoder.generate("x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("setCrossAttention()");
    decoder.setCrossAttention(cross(first));
    assertThatThrownBy(first::close).isInstanceOf(IllegalStateException.class);
    decoder.generate("x").text();
    assertThatThrownBy(first::close).hasMessageContaining("models");

    runtime.returning(-1);
    assertRefusedByTheRuntime(
        "rkllm_set_cross_attn_params", () -> decoder.setCrossAttention(cross(second)));
    assertThatThrownBy(first::close).isInstanceOf(IllegalStateException.class); // still in use
    assertThatThrownBy(second::close)
        .isInstanceOf(IllegalStateException.class); // possibly in use as well
    runtime.returning(0);
    decoder.setCrossAttention(cross(second));
    first.close();
    assertThatThrownBy(() -> decoder.setCrossAttention(cross(first)))
        .hasMessageContaining("closed");
    assertThatThrownBy(second::close).isInstanceOf(IllegalStateException.class);

    decoder.close();
    second.close();
  }

  @Test
  void crossAttention_withoutTheOption_isRefusedByName() {
    assertThatThrownBy(() -> model.setCrossAttention(cross(NativeFloats.allocate(6))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("RkllmModel.Builder.crossAttention()");
    assertThatThrownBy(() -> model.setCrossAttention(null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(runtime.calls()).isEmpty();
  }

  private static CrossAttention cross(NativeFloats floats) {
    return CrossAttention.of(
        new CrossAttention.Shape(1, 1, 3), floats, floats, new float[2], new int[2]);
  }

  @Test
  void everything_onAClosedModel_isRefused() {
    RkllmModel closed = builder().crossAttention().load();
    KvCache cache = closed.kvCache();
    PromptCache prompts = closed.loadPromptCache(file);
    closed.loadLora("a", file, 1);
    closed.setCrossAttention(cross(NativeFloats.copyOf(new float[6])));
    InferenceSession session = closed.openSession(); // which refuses other calls on an open model
    closed.close();
    List<ThrowingCallable> calls =
        List.of(
            () -> closed.loadLora("a", file, 1),
            () -> closed.loadPromptCache(file),
            cache::sizes,
            cache::clear,
            () -> closed.setChatTemplate(TEMPLATE),
            () -> closed.setFunctionTools(TOOLS),
            () -> closed.setCrossAttention(cross(NativeFloats.copyOf(new float[6]))),
            () -> closed.generate("x"),
            () -> closed.generateBatch(List.of(TextPrompt.of("x"))),
            closed::openSession,
            () -> session.generate("x"),
            session::clear,
            () -> closed.logits(TextPrompt.of("x")),
            () -> closed.hiddenStates(TextPrompt.of("x")),
            () -> closed.embed("x"));
    for (ThrowingCallable call : calls) {
      assertThatThrownBy(call)
          .isInstanceOf(ModelClosedException.class)
          .hasMessageContaining("is closed");
    }
    session.close();
    prompts.close(); // was released with the model
  }
}
