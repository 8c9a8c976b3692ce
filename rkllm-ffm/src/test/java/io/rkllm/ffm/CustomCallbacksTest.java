package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.answer;
import static io.rkllm.ffm.Runs.destroy;
import static io.rkllm.ffm.Runs.logits;
import static io.rkllm.ffm.Runs.observe;
import static io.rkllm.ffm.Runs.prompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.ModelLoadException;
import io.rkllm.forward.Logits;
import io.rkllm.input.EmbeddingLookup;
import io.rkllm.input.TokenPrompt;
import io.rkllm.input.Tokenizer;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunRequest;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A tokenizer and an embedding lookup of the application, which ABI 1.3 supports. */
@Timeout(60)
class CustomCallbacksTest {
  private static final Simulator SIMULATOR = Simulator.V1_3;
  private static final int WIDTH = 16;
  private static final String ASKED = "hello world";

  @TempDir Path folder;

  private ModelFile file(String... more) {
    List<String> lines =
        new ArrayList<>(List.of("template: none", "stop-token: hidden", "embd: " + WIDTH));
    lines.addAll(List.of(more));
    lines.addAll(
        List.of("when: hello world", "say: understood", "when: echo {x}", "say: {x}", "when: *"));
    lines.add("generate: 6");
    return ModelFile.in(folder, lines.toArray(String[]::new));
  }

  /**
   * Returns the tokens of the question, from a model that is identical except that it has its own
   * tokenizer.
   */
  private int[] ids() {
    ModelFile file = file();
    NativeModel model = SIMULATOR.runtime().load(file.config());
    int[] ids = observe(model, prompt("echo " + ASKED)).ids.stream().mapToInt(i -> i).toArray();
    destroy(model, file);
    return ids;
  }

  @Test
  void tokenizer_isAskedForEachText() {
    int[] ids = ids();
    Queue<String> asked = new ConcurrentLinkedQueue<>();
    Tokenizer tokenizer =
        text -> {
          asked.add(text);
          return ids;
        };
    ModelFile file = file("tokenizer: none");
    NativeModel model = SIMULATOR.runtime().load(file.with().tokenizer(tokenizer).build());

    assertThat(answer(model, prompt("Grüße 🦀"))).isEqualTo("understood");
    assertThat(asked).contains("Grüße 🦀");
    destroy(model, file);
  }

  @Test
  void tokenizerThatThrows_failsTheRunAndNotTheNext() {
    int[] ids = ids();
    AssertionError error = new AssertionError("on purpose");
    AtomicBoolean broken = new AtomicBoolean(true);
    Tokenizer tokenizer =
        _ -> {
          if (broken.get()) {
            throw error;
          }
          return ids;
        };
    ModelFile file = file("tokenizer: none");
    NativeModel model = SIMULATOR.runtime().load(file.with().tokenizer(tokenizer).build());
    RecordingObserver observer = new RecordingObserver();

    assertThat(model.run(prompt(ASKED), observer)).isNotZero();
    assertThat(observer.faults).containsExactly(error);
    assertThat(observer.text()).isEmpty();
    broken.set(false);
    assertThat(answer(model, prompt(ASKED))).isEqualTo("understood");
    destroy(model, file);
  }

  @Test
  void tokenizerThatGivesTooMuch_failsTheRunWithMessage() {
    ModelFile file = file("tokenizer: none");
    Tokenizer tokenizer = _ -> new int[100_000];
    NativeModel model = SIMULATOR.runtime().load(file.with().tokenizer(tokenizer).build());
    RecordingObserver observer = new RecordingObserver();

    assertThat(model.run(prompt(ASKED), observer)).isNotZero();
    assertThat(observer.faults)
        .singleElement()
        .asString()
        .contains("the tokenizer returned 100000 tokens")
        .contains("the runtime accepts");
    destroy(model, file);
  }

  @Test
  void embeddingLookup_isAskedForTheRows() {
    int[] ids = ids();
    List<int[]> asked = new CopyOnWriteArrayList<>();
    EmbeddingLookup lookup =
        (tokens, rows) -> {
          asked.add(tokens);
          for (int token : tokens) {
            for (int i = 0; i < WIDTH; i++) {
              rows.put(Embeddings.value(token, i));
            }
          }
        };
    ModelFile file = file("embedding: none");
    NativeModel model = SIMULATOR.runtime().load(file.with().embeddingLookup(lookup).build());

    assertThat(answer(model, prompt(ASKED))).isEqualTo("understood");
    assertThat(asked.getFirst()).containsExactly(ids);
    destroy(model, file);
  }

  @Test
  void rowsOfTheLookup_areWhatTheModelComputesWith() {
    AtomicReference<Float> shift = new AtomicReference<>(0f);
    EmbeddingLookup lookup =
        (tokens, rows) -> {
          for (int token : tokens) {
            for (int i = 0; i < WIDTH; i++) {
              rows.put(token + i / 32f + shift.get());
            }
          }
        };
    ModelFile file = file("embedding: none");
    NativeModel model = SIMULATOR.runtime().load(file.with().embeddingLookup(lookup).build());
    RunRequest request = RunRequest.of(TokenPrompt.of(5, 6, 7));

    Logits first = logits(model, request);
    model.clearKvCache(false);
    Logits again = logits(model, request);
    assertThat(again.segment().mismatch(first.segment())).isEqualTo(-1);
    shift.set(0.125f);
    model.clearKvCache(false);
    Logits other = logits(model, request);
    assertThat(other.segment().mismatch(first.segment())).isNotEqualTo(-1);
    destroy(model, file);
  }

  @Test
  void lookupThatThrowsOrFillsTooLittle_failsTheRunAndNotTheNext() {
    AtomicReference<EmbeddingLookup> behavior = new AtomicReference<>();
    ModelFile file = file("embedding: none");
    EmbeddingLookup lookup = (tokens, rows) -> behavior.get().embed(tokens, rows);
    NativeModel model = SIMULATOR.runtime().load(file.with().embeddingLookup(lookup).build());
    AtomicReference<FloatBuffer> late = new AtomicReference<>();
    Map<String, EmbeddingLookup> wrong =
        Map.of(
            "on purpose",
            (_, _) -> {
              throw new IllegalStateException("on purpose");
            },
            "did not set float",
            (_, rows) -> rows.put(0, 1f),
            "BufferOverflow",
            (_, rows) -> rows.put(new float[rows.capacity() + 1]));
    wrong.forEach(
        (words, behaviorOfRun) -> {
          behavior.set(behaviorOfRun);
          RecordingObserver observer = new RecordingObserver();
          assertThat(model.run(prompt(ASKED), observer)).as(words).isNotZero();
          assertThat(observer.faults).singleElement().asString().contains(words);
        });

    behavior.set(
        (_, rows) -> {
          late.set(rows);
          float[] zeros = new float[rows.capacity()];
          Arrays.fill(zeros, 0.5f);
          rows.put(zeros);
        });
    assertThat(answer(model, prompt(ASKED))).isNotEmpty();
    assertThatThrownBy(() -> late.get().put(0, 1f)).isInstanceOf(IllegalStateException.class);
    destroy(model, file);
  }

  @Test
  void bothByAnAsynchronousRun_areAskedToo() {
    int[] ids = ids();
    Queue<Thread> threads = new ConcurrentLinkedQueue<>();
    ModelFile file = file("tokenizer: none", "embedding: none");
    NativeModel model =
        SIMULATOR
            .runtime()
            .load(
                file.with()
                    .nativeAsync(true)
                    .tokenizer(
                        _ -> {
                          threads.add(Thread.currentThread());
                          return ids;
                        })
                    .embeddingLookup(
                        (tokens, rows) -> {
                          threads.add(Thread.currentThread());
                          rows.put(Embeddings.prompt(tokens, WIDTH).values().buffer());
                        })
                    .build());

    assertThat(answer(model, prompt("any"))).isEqualTo("understood");
    assertThat(threads).hasSizeGreaterThan(1);
    destroy(model, file);
  }

  @Test
  void modelThatNeedsThem_doesNotLoadWithout() {
    for (Simulator simulator : Simulator.values()) {
      for (String directive : List.of("tokenizer: none", "embedding: none")) {
        ModelFile file = file(directive);
        assertThatThrownBy(() -> simulator.runtime().load(file.config()))
            .isInstanceOf(ModelLoadException.class);
      }
    }
  }
}
