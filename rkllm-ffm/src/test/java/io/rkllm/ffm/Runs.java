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

/** Operations that many tests of a model need. */
final class Runs {
  private Runs() {}

  /** Returns a stand-alone run with this prompt. */
  static RunRequest prompt(String text) {
    return RunRequest.of(TextPrompt.of(text));
  }

  /** Returns the same run with an adapter. */
  static RunRequest withLora(String name, RunRequest request) {
    return RunRequest.builder()
        .inputs(request.inputs())
        .mode(request.mode())
        .keepHistory(request.keepHistory())
        .loraAdapter(name)
        .build();
  }

  /** Returns the same run, which writes its prompt cache. */
  static RunRequest writing(Path cache, RunRequest request) {
    return RunRequest.builder()
        .inputs(request.inputs())
        .mode(request.mode())
        .keepHistory(request.keepHistory())
        .promptCacheFile(cache)
        .build();
  }

  /** Performs a run, which must succeed, and returns its events. */
  static RecordingObserver observe(NativeModel model, RunRequest request) {
    RecordingObserver observer = new RecordingObserver();
    assertThat(model.run(request, observer)).isZero();
    assertThat(observer.faults).isEmpty();
    assertThat(observer.errors).isEmpty();
    return observer;
  }

  /** Performs a run, which must succeed, and returns the text. */
  static String answer(NativeModel model, RunRequest request) {
    return observe(model, request).text();
  }

  /** Returns a copy of the logits of a separate run. */
  static Logits logits(NativeModel model, RunRequest request) {
    RecordingObserver observer =
        observe(model, request.toBuilder().mode(InferenceMode.LOGITS).build());
    return Objects.requireNonNull(observer.logits.get(0));
  }

  /** Returns a copy of the hidden states of a separate run. */
  static HiddenStates hiddenStates(NativeModel model, RunRequest request) {
    RecordingObserver observer =
        observe(model, request.toBuilder().mode(InferenceMode.LAST_HIDDEN_LAYER).build());
    return Objects.requireNonNull(observer.hiddenStates.get(0));
  }

  /** Returns the token ids of a text, from a model that generates it. */
  static int[] tokens(NativeModel model, String text) {
    RecordingObserver observer = observe(model, prompt("echo " + text));
    assertThat(observer.text()).isEqualTo(text);
    return observer.ids.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Destroys the model and checks that there was no misuse and that all handles were freed. */
  static void destroy(NativeModel model, ModelFile file) {
    model.destroy();
    assertThat(file.ledger()).contains(" misuse=0 ").contains("live_handles=0 ");
  }
}
