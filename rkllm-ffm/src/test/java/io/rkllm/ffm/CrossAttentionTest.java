package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.answer;
import static io.rkllm.ffm.Runs.destroy;
import static io.rkllm.ffm.Runs.prompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.input.CrossAttention;
import io.rkllm.input.NativeFloats;
import io.rkllm.spi.NativeModel;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A decoder that uses the output of an encoder, with all ABIs. */
@Timeout(60)
class CrossAttentionTest {
  private static final int LAYERS = 2;
  private static final int HEADS = 2;
  private static final int DIM = 4;
  private static final CrossAttention.Shape SHAPE = new CrossAttention.Shape(LAYERS, HEADS, DIM);

  @TempDir Path folder;

  private ModelFile file() {
    return ModelFile.in(
        folder,
        "layers: " + LAYERS,
        "kv-heads: " + HEADS,
        "head-dim: " + DIM,
        "encoder-word: red",
        "encoder-word: green",
        "encoder-word: blue",
        "when: attend",
        "say: {param.use_cross_attn}",
        "when: *",
        "needs: encoder",
        "say: I see {encoder.words}",
        "when: *",
        "say: I see nothing");
  }

  private static NativeModel load(Simulator simulator, ModelFile file) {
    return simulator.runtime().load(file.with().crossAttention(true).build());
  }

  /** Returns encoder tokens that represent these words, in the layouts of keys and values. */
  private static NativeFloats keys(int... words) {
    NativeFloats keys = NativeFloats.allocate((long) LAYERS * words.length * HEADS * DIM);
    FloatBuffer buffer = keys.buffer();
    for (int token = 0; token < words.length; token++) {
      buffer.put(token * HEADS * DIM, words[token]);
    }
    return keys;
  }

  private static NativeFloats values(int... words) {
    NativeFloats values = NativeFloats.allocate((long) LAYERS * words.length * HEADS * DIM);
    FloatBuffer buffer = values.buffer();
    for (int token = 0; token < words.length; token++) {
      buffer.put(token, words[token]);
    }
    return values;
  }

  private static CrossAttention seeing(int... words) {
    float[] mask = new float[words.length];
    int[] positions = new int[words.length];
    for (int i = 0; i < words.length; i++) {
      mask[i] = 1;
      positions[i] = i;
    }
    return CrossAttention.of(SHAPE, keys(words), values(words), mask, positions);
  }

  @ParameterizedTest
  @EnumSource
  void encoderOutput_isReadAsLaidOut(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file);

    assertThat(model.setCrossAttention(seeing(2, 0, 1))).isZero();
    assertThat(answer(model, prompt("?"))).isEqualTo("I see blue red green");
    assertThat(answer(model, prompt("attend"))).isEqualTo("1");
    assertThat(model.setCrossAttention(seeing(1))).isZero();
    System.gc(); // the previous data is unreachable now
    assertThat(answer(model, prompt("?"))).isEqualTo("I see green");
    assertThat(answer(model, prompt("?"))).isEqualTo("I see green");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void maskAndPositions_reachTheRuntime(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file);
    NativeFloats keys = keys(2, 0, 1);
    NativeFloats values = values(2, 0, 1);

    model.setCrossAttention(
        CrossAttention.of(SHAPE, keys, values, new float[] {1, 0, 1}, new int[] {5, 6, 4}));
    assertThat(answer(model, prompt("?"))).isEqualTo("I see green blue");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void valuesInTheLayoutOfKeys_areSeenToBeWrong(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file);

    model.setCrossAttention(
        CrossAttention.of(SHAPE, keys(2, 1), keys(2, 1), new float[] {1, 1}, new int[] {0, 1}));
    assertThat(answer(model, prompt("?"))).isNotEqualTo("I see blue green").contains("!");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void encoderOutput_ofAModelWithout_isRefused(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = simulator.runtime().load(file.config());

    assertThat(model.setCrossAttention(seeing(1))).isEqualTo(-1);
    assertThat(answer(model, prompt("?"))).isEqualTo("I see nothing");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void run_withoutEncoderOutput_fails(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file);

    assertThat(model.run(prompt("?"), new RecordingObserver())).isEqualTo(-1);
    assertThat(model.setCrossAttention(seeing(1))).isZero();
    assertThat(answer(model, prompt("?"))).isEqualTo("I see green");
    destroy(model, file);
  }

  @ParameterizedTest
  @EnumSource
  void closedMemory_isRefusedBeforeNativeCode(Simulator simulator) {
    ModelFile file = file();
    NativeModel model = load(simulator, file);
    assertThat(model.setCrossAttention(seeing(0))).isZero();
    NativeFloats keys = keys(1);
    CrossAttention closed =
        CrossAttention.of(SHAPE, keys, values(1), new float[] {1}, new int[] {0});
    keys.close();

    assertThatThrownBy(() -> model.setCrossAttention(closed))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    NativeFloats openKeys = keys(1);
    NativeFloats values = values(1);
    CrossAttention halfClosed =
        CrossAttention.of(SHAPE, openKeys, values, new float[] {1}, new int[] {0});
    values.close();
    assertThatThrownBy(() -> model.setCrossAttention(halfClosed)).hasMessageContaining("closed");
    openKeys.close(); // is not in use
    assertThat(answer(model, prompt("?"))).isEqualTo("I see red");
    destroy(model, file);
  }
}
