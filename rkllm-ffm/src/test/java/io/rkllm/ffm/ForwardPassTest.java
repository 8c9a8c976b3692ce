package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.answer;
import static io.rkllm.ffm.Runs.destroy;
import static io.rkllm.ffm.Runs.hiddenStates;
import static io.rkllm.ffm.Runs.logits;
import static io.rkllm.ffm.Runs.prompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.input.TokenPrompt;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Logits and hidden states, with all ABIs. */
@Timeout(120)
class ForwardPassTest {
  @TempDir Path folder;

  private ModelFile file(String... more) {
    String[] lines = {"vocab: 640", "embd: 24", "buffers: unmap", "when: *", "say: fine"};
    String[] all = new String[more.length + lines.length];
    System.arraycopy(more, 0, all, 0, more.length);
    System.arraycopy(lines, 0, all, more.length, lines.length);
    return ModelFile.in(folder, all);
  }

  @ParameterizedTest
  @EnumSource
  void logits_haveARowAToken(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = simulator.runtime().load(file.config());

    Logits logits = logits(model, RunRequest.of(TokenPrompt.of(5, 6, 7)));
    assertThat(logits.rows()).isEqualTo(3);
    assertThat(logits.vocabularySize()).isEqualTo(640);
    // All rows are returned, even if the KV cache contains the beginning of the prompt.
    Logits longer = logits(model, RunRequest.of(TokenPrompt.of(5, 6, 7, 8)));
    assertThat(longer.rows()).isEqualTo(4);
    assertThat(longer.row(1)).containsExactly(logits.row(1));
    assertThat(longer.row(3)).isNotEqualTo(logits.row(2));
    assertThat(answer(model, prompt("?"))).isEqualTo("fine");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void hiddenStates_haveARowAToken_andTellTextsApart(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = simulator.runtime().load(file.config());

    HiddenStates states = hiddenStates(model, RunRequest.of(TokenPrompt.of(5, 6, 7)));
    assertThat(states.rows()).isEqualTo(3);
    assertThat(states.width()).isEqualTo(24);
    float[] cat = hiddenStates(model, prompt("the cat sat on the mat")).last();
    float[] cats = hiddenStates(model, prompt("a cat sat on a mat")).last();
    float[] ship = hiddenStates(model, prompt("ships cross wide oceans by night")).last();
    assertThat(cosine(cat, cats)).isGreaterThan(cosine(cat, ship));
    assertThat(hiddenStates(model, prompt("the cat sat on the mat")).last()).containsExactly(cat);
    destroy(model, file);
  }

  private static double cosine(float[] a, float[] b) {
    double dot = 0;
    double lengths = 0;
    double otherLengths = 0;
    for (int i = 0; i < a.length; i++) {
      dot += a[i] * b[i];
      lengths += a[i] * a[i];
      otherLengths += b[i] * b[i];
    }
    return dot / Math.sqrt(lengths * otherLengths);
  }

  @ParameterizedTest
  @EnumSource
  void output_readLater_throws(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = simulator.runtime().load(file.config());
    AtomicReference<Logits> lateLogits = new AtomicReference<>();
    AtomicReference<HiddenStates> lateStates = new AtomicReference<>();
    RecordingObserver keeping =
        new RecordingObserver() {
          @Override
          public void onLogits(int member, Logits values) {
            lateLogits.set(values);
          }

          @Override
          public void onHiddenStates(int member, HiddenStates values) {
            lateStates.set(values);
          }
        };
    model.run(prompt("x").toBuilder().mode(InferenceMode.LOGITS).build(), keeping);
    model.run(prompt("x").toBuilder().mode(InferenceMode.LAST_HIDDEN_LAYER).build(), keeping);

    assertThatThrownBy(() -> lateLogits.get().get(0, 0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> lateLogits.get().argmax(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> lateStates.get().last()).isInstanceOf(IllegalStateException.class);
    assertThat(keeping.finishes).isEmpty();
    assertThat(keeping.lengths).isEmpty();
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void readerThatThrows_isReportedAndTheNextRunWorks(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = simulator.runtime().load(file.config());
    RecordingObserver throwing =
        new RecordingObserver() {
          @Override
          public void onLogits(int member, Logits values) {
            throw new IllegalStateException("on purpose");
          }
        };

    assertThat(model.run(prompt("x").toBuilder().mode(InferenceMode.LOGITS).build(), throwing))
        .isZero();
    assertThat(throwing.faults).singleElement().asString().contains("on purpose");
    assertThat(logits(model, prompt("x")).rows()).isPositive();
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void asyncRun_givesTheSame(Simulator simulator) {
    ModelFile file = file();
    NativeModel plain = simulator.runtime().load(file.config());
    Logits expected = logits(plain, prompt("x"));
    destroy(plain, file);
    NativeModel model = simulator.runtime().load(file.with().nativeAsync(true).build());

    RecordingObserver observer = new RecordingObserver();
    assertThat(model.run(prompt("x").toBuilder().mode(InferenceMode.LOGITS).build(), observer))
        .isZero();
    assertThat(observer.logits.get(0).segment().mismatch(expected.segment())).isEqualTo(-1);
    assertThat(observer.threads).doesNotContain(Thread.currentThread());
    assertThat(answer(model, prompt("?"))).isEqualTo("fine");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource(names = {"V1_3", "V1_3_1"})
  void finishInThisMode_isTaken(Simulator simulator) {
    ModelFile file = file("finish-in-modes: yes");
    NativeModel model = simulator.runtime().load(file.config());
    RecordingObserver observer = new RecordingObserver();

    model.run(prompt("x").toBuilder().mode(InferenceMode.LOGITS).build(), observer);

    assertThat(observer.logits).hasSize(1);
    assertThat(observer.finishes).hasSize(1);
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("not-emulated") // half a gigabyte of floats
  void logitsOfALongPrompt_addNothingToTheHeap(Simulator simulator) throws Exception {
    ModelFile file =
        ModelFile.in(folder, "vocab: 151936", "context-limit: 4096", "when: *", "say: x");

    ForkedJvm.Result result =
        new ForkedJvm(folder, LongLogitsProgram.class)
            .option("-Xmx64m")
            .run(simulator.library().toString(), file.path().toString());

    assertThat(result.exitCode()).as(result::describe).isZero();
    assertThat(result.out()).contains("2048 rows of 151936", "first rows agree", "all finite");
    assertThat(result.err()).doesNotContain("misuse");
  }
}
