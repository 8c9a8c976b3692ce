package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.answer;
import static io.rkllm.ffm.Runs.destroy;
import static io.rkllm.ffm.Runs.logits;
import static io.rkllm.ffm.Runs.observe;
import static io.rkllm.ffm.Runs.prompt;
import static io.rkllm.ffm.Runs.tokens;
import static io.rkllm.ffm.Runs.withLora;
import static io.rkllm.ffm.Runs.writing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rkllm.Sampling;
import io.rkllm.forward.Logits;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.TokenPrompt;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Computations that must have the same result in two ways, with all ABIs, which reveals errors in
 * between.
 */
@Timeout(60)
class LawsTest {
  private static final String TEXT = "the cat sat on the mat and the dog barked";
  private static final int WIDTH = 16;

  /** Says a given text, or generates text that depends on the contents of the KV cache. */
  private static final String[] SCRIPT = {
    "embd: " + WIDTH,
    "stop-token: hidden",
    "piece: cat",
    "piece: \" barked\"",
    "when: echo {text}",
    "say: {text}",
    "when: how many",
    "say: {param.n_batch}",
    "when: long",
    "decode-ms: 5",
    "generate: 400",
    "when: *",
    "generate: 12",
  };

  @TempDir Path folder;

  /** Returns a model without a template, so that the tokens of a prompt are those of its text. */
  private ModelFile plain() {
    String[] lines = Arrays.copyOf(SCRIPT, SCRIPT.length + 1);
    System.arraycopy(SCRIPT, 0, lines, 1, SCRIPT.length);
    lines[0] = "template: none";
    return ModelFile.in(folder, lines);
  }

  private static NativeModel greedy(Simulator simulator, ModelFile file) {
    return simulator
        .runtime()
        .load(
            file.with()
                .contextLength(2048)
                .sampling(Sampling.builder().topK(1).temperature(0).repeatPenalty(1).build())
                .build());
  }

  private static void assertSame(Logits actual, Logits expected) {
    assertThat(actual.rows()).isEqualTo(expected.rows());
    assertThat(actual.segment().mismatch(expected.segment())).isEqualTo(-1);
  }

  @ParameterizedTest
  @EnumSource
  void tokensAndEmbeddings_equalThePrompt(Simulator simulator) {
    ModelFile file = plain();
    NativeModel model = greedy(simulator, file);
    int[] ids = tokens(model, TEXT);
    String expected = answer(model, prompt(TEXT));
    Logits expectedLogits = logits(model, prompt(TEXT));

    assertThat(expected).isNotEmpty();
    assertThat(expectedLogits.rows()).isEqualTo(ids.length);
    for (RunRequest same :
        List.of(RunRequest.of(TokenPrompt.of(ids)), RunRequest.of(Embeddings.prompt(ids, WIDTH)))) {
      assertThat(answer(model, same)).isEqualTo(expected);
      assertSame(logits(model, same), expectedLogits);
    }
    ids[0]++;
    assertThat(answer(model, RunRequest.of(TokenPrompt.of(ids)))).isNotEqualTo(expected);
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void greedyRun_takesTheHighestLogit_stepByStep(Simulator simulator) {
    ModelFile file = plain();
    NativeModel model = greedy(simulator, file);
    int[] ids = tokens(model, TEXT);
    List<Integer> generated = observe(model, prompt(TEXT)).ids;

    assertThat(generated).hasSize(12);
    for (int next : generated) {
      Logits logits = logits(model, RunRequest.of(TokenPrompt.of(ids)));
      assertThat(logits.argmax(logits.rows() - 1)).isEqualTo(next);
      ids = Arrays.copyOf(ids, ids.length + 1);
      ids[ids.length - 1] = next;
    }
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void restoredPromptCache_continuesAsTheRunThatWroteIt(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, SCRIPT);
    Path cache = folder.resolve("prompt ü.cache");
    NativeModel first = greedy(simulator, file);
    RecordingObserver written = observe(first, writing(cache, prompt(TEXT)));
    destroy(first, file);
    assertThat(cache).isNotEmptyFile();

    NativeModel second = greedy(simulator, file);
    assertThat(second.loadPromptCache(cache)).isZero();
    RecordingObserver restored = observe(second, prompt(TEXT));
    assertThat(restored.text()).isEqualTo(written.text());
    assertThat(restored.finishes.getFirst().prefillTokens())
        .isLessThan(written.finishes.getFirst().prefillTokens());
    assertThat(second.releasePromptCache()).isZero();
    assertThat(second.releasePromptCache()).isEqualTo(-1);
    assertThat(second.loadPromptCache(folder.resolve("none.cache"))).isEqualTo(-1);
    assertThat(answer(second, prompt(TEXT))).isEqualTo(written.text());
    second.destroy();
  }

  @ParameterizedTest
  @EnumSource
  void loraAdapter_actsInProportionToItsScale(Simulator simulator) {
    ModelFile file = plain();
    NativeModel model = greedy(simulator, file);
    Path adapter = Lora.in(folder);
    assertThat(model.loadLora("none", adapter, 0)).isZero();
    assertThat(model.loadLora("half", adapter, 0.5f)).isZero();
    assertThat(model.loadLora("full", adapter, 1)).isZero();
    assertThat(model.loadLora("other", Lora.in(folder, 99), 1)).isZero();
    Logits base = logits(model, prompt(TEXT));
    Logits half = logits(model, withLora("half", prompt(TEXT)));
    Logits full = logits(model, withLora("full", prompt(TEXT)));
    Logits other = logits(model, withLora("other", prompt(TEXT)));

    assertSame(logits(model, withLora("none", prompt(TEXT))), base);
    assertSame(logits(model, prompt(TEXT)), base);
    float most = 0;
    for (int row = 0; row < base.rows(); row++) {
      for (int id = 0; id < base.vocabularySize(); id++) {
        float delta = full.get(row, id) - base.get(row, id);
        assertThat(half.get(row, id) - base.get(row, id)).isCloseTo(delta / 2, within(1e-3f));
        most = Math.max(most, Math.abs(delta));
      }
    }
    assertThat(most).isGreaterThan(0.01f);
    assertThat(other.segment().mismatch(full.segment())).isNotEqualTo(-1);
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void loraAdapter_thatIsNotLoaded_isRefused(Simulator simulator) {
    ModelFile file = plain();
    NativeModel model = greedy(simulator, file);

    assertThat(model.loadLora("x", folder.resolve("none.lora"), 1)).isEqualTo(-1);
    assertThat(model.loadLora("x", file.path(), 1)).isEqualTo(-1);
    RecordingObserver observer = new RecordingObserver();
    assertThat(model.run(withLora("x", prompt(TEXT)), observer)).isEqualTo(-1);
    assertThat(observer.text()).isEmpty();
    assertThat(answer(model, prompt(TEXT))).isNotEmpty();
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void abortedRun_leavesNoTraceInTheNext(Simulator simulator) throws Exception {
    ModelFile file = ModelFile.in(folder, SCRIPT);
    NativeModel model = greedy(simulator, file);
    String expected = answer(model, prompt(TEXT));
    RecordingObserver observer = new RecordingObserver();
    Thread aborter =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    observer.firstToken.await();
                    model.abort();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    assertThat(model.run(prompt("long"), observer)).isZero();
    aborter.join();

    assertThat(observer.lengths.size()).isLessThan(400);
    assertThat(answer(model, prompt(TEXT))).isEqualTo(expected);
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void nativeHistory_equalsTheWholeTranscript(Simulator simulator) {
    ModelFile file = ModelFile.in(folder, SCRIPT);
    NativeModel keeping = greedy(simulator, file);
    assertThat(answer(keeping, prompt("echo the cat").toBuilder().keepHistory(true).build()))
        .isEqualTo("the cat");
    String expected = answer(keeping, prompt(TEXT).toBuilder().keepHistory(true).build());
    destroy(keeping, file);

    NativeModel stateless = greedy(simulator, file);
    assertThat(stateless.setChatTemplate(ChatTemplate.NONE)).isZero();
    String begin = "<|im_start|>user\necho the cat<|im_end|>\n<|im_start|>assistant\nthe cat";
    String end = "<|im_end|>\n<|im_start|>user\n" + TEXT + "<|im_end|>\n<|im_start|>assistant\n";
    assertThat(answer(stateless, prompt(begin + end))).isEqualTo(expected).isNotEmpty();
    destroy(stateless, file);
  }
}
