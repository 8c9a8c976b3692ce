package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.input.TextPrompt;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import java.util.Objects;

/** What tests of a model do over and over. */
final class Runs {
  private Runs() {}

  /** A run of its own that asks this. */
  static RunRequest prompt(String text) {
    return RunRequest.of(TextPrompt.of(text));
  }

  /** The same run with an adapter. */
  static RunRequest withLora(String name, RunRequest request) {
    return RunRequest.builder()
        .inputs(request.inputs())
        .mode(request.mode())
        .keepHistory(request.keepHistory())
        .loraAdapter(name)
        .build();
  }

  /** The same run, writing its prompt cache. */
  static RunRequest writing(Path cache, RunRequest request) {
    return RunRequest.builder()
        .inputs(request.inputs())
        .mode(request.mode())
        .keepHistory(request.keepHistory())
        .promptCacheFile(cache)
        .build();
  }

  /** Runs; nothing may go wrong. */
  static RecordingObserver observe(NativeModel model, RunRequest request) {
    RecordingObserver observer = new RecordingObserver();
    assertThat(model.run(request, observer)).isZero();
    assertThat(observer.faults).isEmpty();
    assertThat(observer.errors).isEmpty();
    return observer;
  }

  /** Runs and returns the text; nothing may go wrong. */
  static String answer(NativeModel model, RunRequest request) {
    return observe(model, request).text();
  }

  /** A copy of the logits of a run of its own. */
  static Logits logits(NativeModel model, RunRequest request) {
    RecordingObserver observer =
        observe(model, request.toBuilder().mode(InferenceMode.LOGITS).build());
    return Objects.requireNonNull(observer.logits.get(0));
  }

  /** A copy of the hidden states of a run of its own. */
  static HiddenStates hiddenStates(NativeModel model, RunRequest request) {
    RecordingObserver observer =
        observe(model, request.toBuilder().mode(InferenceMode.LAST_HIDDEN_LAYER).build());
    return Objects.requireNonNull(observer.hiddenStates.get(0));
  }

  /** Ids of the tokens of a text, by a model that says it. */
  static int[] tokens(NativeModel model, String text) {
    RecordingObserver observer = observe(model, prompt("echo " + text));
    assertThat(observer.text()).isEqualTo(text);
    return observer.ids.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Destroys the model; native code must have seen no misuse and have freed every handle. */
  static void destroy(NativeModel model, ModelFile file) {
    model.destroy();
    assertThat(file.ledger()).contains(" misuse=0 ").contains("live_handles=0 ");
  }
}
