package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Input;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.TextPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Runs thousands of generations from several threads at once. Each is randomly read, cancelled,
 * paused, resumed, timed out or abandoned, while models are closed at random. Checks that each one
 * ends with a possible text, that nothing hangs, that no memory is kept open, and that each model
 * closes. The message of a failure contains the seed, but the interleaving cannot be reproduced.
 */
@Timeout(240)
class RandomInterleavingTest {
  private static final int CALLERS = 4;
  private static final int CALLS = 40; // calls of each caller on one model
  private static final int TOKENS = 12;
  private static final int BATCH = 3;
  private static final int WIDTH = 4;
  private static final String WHOLE =
      String.join("", IntStream.range(0, TOKENS).mapToObj(i -> i + " ").toList());

  private final AtomicInteger completed = new AtomicInteger();
  private final AtomicInteger resumed = new AtomicInteger();

  private static ScriptedRuntime runtime() {
    return ScriptedRuntime.answering(
            prompt -> {
              Script script = Script.counting(TOKENS / 2).then(Thread::onSpinWait);
              for (int i = TOKENS / 2; i < TOKENS; i++) {
                script = script.then(i + " ");
              }
              return prompt.equals("fails") ? script.thenError("planted").returning(-1) : script;
            })
        .withCapabilities(EnumSet.of(Capability.BATCHES)) // limits are enforced by the SDK
        .withRows(request -> new float[2][WIDTH]);
  }

  @RepeatedTest(3)
  void singleRuns_atRandom_allEnd() throws Exception {
    interleave(15, 1);
    assertThat(completed).hasPositiveValue();
    assertThat(resumed).hasPositiveValue();
  }

  @RepeatedTest(3)
  void batches_atRandom_allEnd() throws Exception {
    interleave(10, BATCH);
    assertThat(completed).hasPositiveValue();
  }

  @Tag("soak")
  @Test
  void manyMore_atRandom_allEnd() throws Exception {
    interleave(2000, 1);
    interleave(2000, BATCH);
  }

  private void interleave(int models, int batchSize) throws Exception {
    long seed = new Random().nextLong();
    Random seeds = new Random(seed);
    try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
      for (int i = 0; i < models; i++) {
        oneModel(callers, seeds, batchSize);
      }
    } catch (Exception | AssertionError e) {
      throw new AssertionError("failed with seed " + seed, e);
    }
  }

  private void oneModel(ExecutorService callers, Random seeds, int batchSize) throws Exception {
    ScriptedRuntime runtime = runtime();
    NativeFloats floats = NativeFloats.allocate(WIDTH);
    RkllmModel model =
        RkllmModel.builder(Path.of("random"))
            .runtime(runtime)
            .batchSize(batchSize)
            .embeddingWidth(WIDTH)
            .queueCapacity(CALLERS + 1)
            .load();
    Inputs inputs = new Inputs(EmbeddingPrompt.of(floats, WIDTH));
    List<Future<?>> done = new ArrayList<>();
    for (int caller = 0; caller < CALLERS; caller++) {
      Random random = new Random(seeds.nextLong()); // adjacent seeds would begin alike
      done.add(callers.submit(() -> callManyTimes(model, random, inputs, batchSize)));
    }
    if (seeds.nextInt(3) == 0) {
      model.close(); // while everything is running
    }
    for (Future<?> each : done) {
      each.get(30, TimeUnit.SECONDS);
    }
    model.close();
    floats.close(); // throws if the memory is still in use
    assertThat(runtime.openModels()).isZero();
  }

  private record Inputs(EmbeddingPrompt inPlace) {
    Input any(Random random) {
      return switch (random.nextInt(5)) {
        case 0 -> inPlace;
        case 1 -> TextPrompt.of("fails");
        default -> TextPrompt.of("count");
      };
    }
  }

  private void callManyTimes(RkllmModel model, Random random, Inputs inputs, int batchSize) {
    for (int i = 0; i < CALLS; i++) {
      try {
        if (batchSize > 1) {
          batch(model, random, inputs);
        } else if (random.nextInt(8) == 0) {
          blockingCall(model, random, inputs);
        } else {
          single(model, random, inputs);
        }
      } catch (ModelBusyException e) {
        Thread.onSpinWait();
      } catch (ModelClosedException e) {
        assertThat(e.getMessage()).contains("closed");
      } catch (IllegalStateException e) {
        assertThat(e.getMessage()).contains("is paused");
      }
    }
  }

  private static GenerationOptions options(Random random) {
    GenerationOptions.Builder options = GenerationOptions.builder();
    switch (random.nextInt(8)) {
      case 0 -> options.maxNewTokens(1 + random.nextInt(TOKENS));
      case 1 -> options.stopSequences(random.nextInt(TOKENS) + " ");
      case 2 -> options.timeout(Duration.ofNanos(1 + random.nextInt(300_000)));
      default -> {}
    }
    return options.build();
  }

  private void single(RkllmModel model, Random random, Inputs inputs) {
    Generation generation = model.generate(inputs.any(random), options(random));
    StringBuilder before = new StringBuilder();
    if (random.nextInt(3) == 0) {
      generation = pauseAndResume(generation, random, before);
    }
    stopAtRandom(generation, random);
    check(generation, before.toString());
  }

  private void batch(RkllmModel model, Random random, Inputs inputs) {
    List<Input> batch = IntStream.range(0, BATCH).mapToObj(i -> inputs.any(random)).toList();
    List<Generation> answers = model.generateBatch(batch, options(random));
    for (Generation each : answers) {
      stopAtRandom(each, random);
    }
    answers.forEach(each -> check(each, ""));
  }

  /**
   * Pauses and resumes a generation. Returns it unchanged if it can no longer be paused; closes it
   * if it remains paused.
   */
  private Generation pauseAndResume(Generation generation, Random random, StringBuilder before) {
    PausedGeneration paused;
    try {
      paused = generation.pause().orElse(null);
    } catch (InferenceException e) {
      return generation; // its result will show the reason again
    }
    if (paused == null) {
      return generation;
    }
    try (paused) {
      if (random.nextInt(4) == 0) {
        assertThat(paused.kvCacheSize()).isPositive();
      }
      if (random.nextInt(4) > 0) {
        Generation rest = paused.resume();
        before.append(paused.text());
        resumed.incrementAndGet();
        return rest;
      }
    }
    return generation;
  }

  private static void blockingCall(RkllmModel model, Random random, Inputs inputs) {
    try {
      switch (random.nextInt(3)) {
        case 0 -> assertThat(model.kvCache().sizes()).hasSize(1);
        case 1 -> model.kvCache().clear();
        default -> assertThat(model.hiddenStates(inputs.inPlace()).rows()).isEqualTo(2);
      }
    } catch (InferenceException e) {
      assertThat(e).isInstanceOf(ModelClosedException.class);
    }
  }

  private static void stopAtRandom(Generation generation, Random random) {
    switch (random.nextInt(6)) {
      case 0 -> generation.cancel();
      case 1 -> readSome(generation, random.nextInt(TOKENS));
      case 2 -> {
        readSome(generation, 1);
        generation.close();
      }
      case 3 -> generation.result().cancel(false);
      default -> {}
    }
  }

  private static void readSome(Generation generation, int count) {
    try (TokenIterator tokens = generation.iterator()) {
      for (int i = 0; i < count && tokens.hasNext(); i++) {
        tokens.next();
      }
    } catch (InferenceException e) {
      assertThat(e.getMessage()).isNotEmpty(); // the outcome is checked with the result
    }
  }

  private void check(Generation generation, String before) {
    GenerationResult result;
    try {
      result = generation.result().orTimeout(20, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      assertThat(e.getCause()).isInstanceOf(InferenceException.class);
      assertThat(e.getCause().getMessage())
          .containsAnyOf("planted", "did not end within", "closed before");
      return;
    }
    String text = before + result.text();
    assertThat(WHOLE).startsWith(text);
    StringBuilder tokens = new StringBuilder();
    generation.forEach(token -> tokens.append(token.text()));
    assertThat(tokens.toString()).isEqualTo(result.text());
    if (text.equals(WHOLE)) {
      completed.incrementAndGet();
    }
  }
}
