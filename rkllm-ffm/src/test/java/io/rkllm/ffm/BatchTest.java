package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.destroy;
import static io.rkllm.ffm.Runs.logits;
import static io.rkllm.ffm.Runs.observe;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.Sampling;
import io.rkllm.forward.Logits;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several inputs in one run, with all ABIs. */
@Timeout(60)
class BatchTest {
  private static final String TEXT = "the cat sat on the mat and the dog barked";

  @TempDir Path folder;

  private ModelFile file() {
    return ModelFile.in(
        folder,
        "vocab: 640",
        "when: echo {text}",
        "say: {text}",
        "when: how many",
        "say: {param.n_batch}",
        "when: count",
        "cut: words",
        "say: one two three four five six",
        "when: fail",
        "say: one two three",
        "fault: error-at 1 message",
        "when: *",
        "generate: 12");
  }

  private static NativeModel load(Simulator simulator, ModelFile file, int members) {
    return simulator
        .runtime()
        .load(
            file.with()
                .batchSize(members)
                .contextLength(2048)
                .sampling(Sampling.builder().topK(1).temperature(0).repeatPenalty(1).build())
                .build());
  }

  @ParameterizedTest
  @EnumSource
  void batch_answersAsItsMembersAlone(Simulator simulator) {
    ModelFile file = file();
    List<TextPrompt> prompts =
        List.of(
            TextPrompt.of("echo one two three"),
            TextPrompt.of("echo Grüße 🦀"),
            TextPrompt.of(TEXT),
            TextPrompt.of("?"));
    NativeModel alone = load(simulator, file, 1);
    List<RecordingObserver> expected =
        prompts.stream().map(p -> observe(alone, RunRequest.of(p))).toList();
    destroy(alone, file);

    NativeModel model = load(simulator, file, 4);
    for (int round = 0; round < 2; round++) {
      RecordingObserver observer = observe(model, RunRequest.ofBatch(prompts));
      for (int member = 0; member < 4; member++) {
        assertThat(observer.text(member)).isEqualTo(expected.get(member).text());
      }
      assertThat(observer.ended).contains(0); // the shortest answer
      assertThat(observer.finishes).hasSize(1);
      assertThat(model.kvCacheSizes()).hasSize(4).doesNotContain(0);
    }
    TextPrompt question = TextPrompt.of("how many");
    RecordingObserver counted =
        observe(model, RunRequest.ofBatch(List.of(question, question, question, question)));
    assertThat(counted.text(3)).isEqualTo("4");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void batch_givesEachMemberItsOwn(Simulator simulator) {
    ModelFile file = file();
    NativeModel alone = load(simulator, file, 1);
    List<TokenPrompt> prompts = List.of(TokenPrompt.of(5, 6, 7), TokenPrompt.of(9));
    List<Logits> expected =
        prompts.stream().map(prompt -> logits(alone, RunRequest.of(prompt))).toList();
    destroy(alone, file);
    NativeModel model = load(simulator, file, 2);

    RecordingObserver observer = new RecordingObserver();
    assertThat(
            model.run(
                RunRequest.ofBatch(prompts).toBuilder().mode(InferenceMode.LOGITS).build(),
                observer))
        .isZero();
    assertThat(observer.faults).isEmpty();
    for (int member = 0; member < 2; member++) {
      Logits logits = observer.logits.get(member);
      assertThat(logits.rows()).isEqualTo(prompts.get(member).tokens());
      assertThat(logits.segment().mismatch(expected.get(member).segment())).isEqualTo(-1);
    }
    destroy(model, file);
  }

  @Tag("in-process")
  @ParameterizedTest
  @EnumSource
  void oneMemberThatPauses_pausesTheBatch(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file, 2);
    RecordingObserver observer =
        new RecordingObserver() {
          @Override
          public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
            super.onToken(member, tokenId, utf8, length);
            return member == 0 || !text(1).endsWith("three");
          }
        };
    List<TextPrompt> prompts = List.of(TextPrompt.of("count"), TextPrompt.of("count"));
    assertThat(model.run(RunRequest.ofBatch(prompts), observer)).isZero();
    assertThat(observer.text(0)).isEqualTo("one two three");
    assertThat(observer.text(1)).isEqualTo("one two three");
    assertThat(observer.finishes).isEmpty();

    List<TextPrompt> next = List.of(TextPrompt.of(" four"), TextPrompt.of(" four"));
    RecordingObserver rest = observe(model, RunRequest.ofBatch(next));
    assertThat(rest.text(0)).isEqualTo(" five six");
    assertThat(rest.text(1)).isEqualTo(" five six");
    assertThat(observe(model, RunRequest.ofBatch(prompts)).text(1))
        .isEqualTo("one two three four five six");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void failureOfOneMember_failsTheRunAndNotTheNext(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file, 2);
    List<TextPrompt> failing = List.of(TextPrompt.of("count"), TextPrompt.of("fail"));
    RecordingObserver observer = new RecordingObserver();

    assertThat(model.run(RunRequest.ofBatch(failing), observer)).isNotZero();
    assertThat(observer.errors.getFirst()).isPresent();
    List<TextPrompt> fine = List.of(TextPrompt.of("count"), TextPrompt.of("echo x"));
    assertThat(observe(model, RunRequest.ofBatch(fine)).text(1)).isEqualTo("x");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void asyncBatch_answersTheSame(Simulator simulator) {
    ModelFile file = file();
    NativeModel model =
        simulator.runtime().load(file.with().batchSize(2).nativeAsync(true).build());
    List<TextPrompt> prompts = List.of(TextPrompt.of("count"), TextPrompt.of("echo x y"));

    RecordingObserver observer = observe(model, RunRequest.ofBatch(prompts));
    assertThat(observer.text(0)).isEqualTo("one two three four five six");
    assertThat(observer.text(1)).isEqualTo("x y");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void largestBatchThatIsAdvised_works(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file, 8);
    List<TextPrompt> prompts =
        IntStream.range(0, 8).mapToObj(i -> TextPrompt.of("echo number " + i)).toList();

    RecordingObserver observer = observe(model, RunRequest.ofBatch(prompts));
    for (int member = 0; member < 8; member++) {
      assertThat(observer.text(member)).isEqualTo("number " + member);
    }
    assertThat(model.kvCacheSizes()).hasSize(8);
    assertThat(model.clearKvCache(false)).isZero();
    assertThat(model.kvCacheSizes()).containsOnly(0);
    destroy(model, file);
  }
}
