package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.RkllmModel;
import java.nio.file.Path;

/** Loads models on the simulated runtimes in the same way as an application. */
final class EndToEnd {
  /** The script available to all tests, with one token for each word. */
  private static final String[] SCRIPT = {
    "cut: words",
    "split: partial",
    "stop-token: hidden", // so that there are as many tokens as words
    "idle-abort: stays", // the pessimistic assumption
    "",
    "when: count to {n:int}",
    "repeat: {n} \" {i}\"",
    "",
    "when: count slowly to {n:int}",
    "decode-ms: 2",
    "repeat: {n} \" {i}\"",
    "",
    "when: think long",
    "prefill-ms: 150",
    "say: Done.",
    "",
    "when: my name is {name:word}",
    "say: Hello {name}.",
    "",
    "when: what is my name",
    "say: Your name is {name}.",
    "else: You have not told me.",
    "",
    "when: fail at {n:int}",
    "fault: error-at 3",
    "repeat: 10 \" {i}\"",
    "",
    "when: fail without words",
    "fault: run-code -1",
    "say: x",
    "",
    "when: 你好*",
    "cut: bytes",
    "say: 你好！😀 👨‍👩‍👧‍👦 नमस्ते",
    "",
    "when: broken bytes",
    "cut: bytes",
    "say: a\\xE4\\xB8b\\xFF\\xF0\\x9F\\x98",
    "",
    "when: *",
    "say: I heard you.",
  };

  private EndToEnd() {}

  /** Returns a model file with the common script. */
  static ModelFile modelIn(Path folder) {
    return ModelFile.in(folder, SCRIPT);
  }

  /** Returns a builder for a model on a simulated runtime. */
  static RkllmModel.Builder load(Simulator runtime, ModelFile model) {
    return RkllmModel.builder(model.path())
        .library(runtime.library())
        .contextLength(4096)
        .runtime(Simulator.provider());
  }

  /**
   * Checks, after all models were closed, that nothing is left and native code was never misused.
   */
  static void assertClean(ModelFile model) {
    assertThat(model.ledger()).contains("live_allocations=0 ", "live_handles=0 ", "misuse=0 ");
  }
}
