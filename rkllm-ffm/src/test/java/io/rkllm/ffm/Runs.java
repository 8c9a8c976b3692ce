package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.input.TextPrompt;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;

/** What tests of a model do over and over. */
final class Runs {
  private Runs() {}

  /** A run of its own that asks this. */
  static RunRequest prompt(String text) {
    return RunRequest.of(TextPrompt.of(text));
  }

  /** Runs and returns the text; nothing may go wrong. */
  static String answer(NativeModel model, RunRequest request) {
    RecordingObserver observer = new RecordingObserver();
    assertThat(model.run(request, observer)).isZero();
    assertThat(observer.faults).isEmpty();
    return observer.text();
  }

  /** Destroys the model; native code must have seen no misuse and have freed every handle. */
  static void destroy(NativeModel model, ModelFile file) {
    model.destroy();
    assertThat(file.ledger()).contains(" misuse=0 ").contains("live_handles=0 ");
  }
}
