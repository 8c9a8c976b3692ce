package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.ModelBusyException;
import io.rkllm.ModelClosedException;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.TokenIterator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Makes 10,000 generations with each ABI, from several threads at once, each of which is read,
 * cancelled, abandoned or closed at random points. The message of a failure contains the seed.
 */
@Timeout(240)
class InterleavingEndToEndTest {
  private static final int PER_MODEL = 500;
  private static final int CALLERS = 4;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void randomInterleavings_loseDuplicateAndLeakNothing(Simulator runtime) throws Exception {
    interleave(runtime, Scale.of(10_000));
  }

  @Tag("soak")
  @ParameterizedTest
  @EnumSource
  void manyMoreInterleavings_loseDuplicateAndLeakNothing(Simulator runtime) throws Exception {
    interleave(runtime, Scale.of(500_000));
  }

  private void interleave(Simulator runtime, int generations) throws Exception {
    long seed = new Random().nextLong();
    Random seeds = new Random(seed);
    ModelFile file = EndToEnd.modelIn(folder);
    AtomicInteger finished = new AtomicInteger();
    try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
      for (int started = 0; started < generations; started += PER_MODEL) {
        RkllmModel model = EndToEnd.load(runtime, file).queueCapacity(CALLERS * 3).load();
        List<Future<?>> done = new ArrayList<>();
        for (int caller = 0; caller < CALLERS; caller++) {
          Random random = new Random(seeds.nextLong()); // adjacent seeds would begin alike
          done.add(callers.submit(() -> callManyTimes(model, random, finished)));
        }
        boolean last =
            started + PER_MODEL >= generations; // some must finish, even if there are few
        if (!last && seeds.nextInt(4) == 0) {
          model.close(); // while everything is running
        }
        for (Future<?> each : done) {
          each.get(60, TimeUnit.SECONDS);
        }
        model.close();
        EndToEnd.assertClean(file);
      }
    } catch (Exception | AssertionError e) {
      throw new AssertionError("failed with seed " + seed, e);
    }
    assertThat(finished).hasPositiveValue();
  }

  private static void callManyTimes(RkllmModel model, Random random, AtomicInteger finished) {
    for (int i = 0; i < PER_MODEL / CALLERS; i++) {
      int tokens = 1 + random.nextInt(60);
      Generation generation;
      try {
        generation = model.generate("count to " + tokens);
      } catch (ModelBusyException e) {
        continue;
      } catch (ModelClosedException e) {
        assertThat(e).hasMessageContaining("closed");
        return;
      }
      check(generation, tokens, useAtRandom(generation, random), finished);
    }
  }

  /**
   * Uses a generation in a random way. Returns the text received by a subscriber, if there was one.
   */
  private static CompletableFuture<String> useAtRandom(Generation generation, Random random) {
    CountingSubscriber subscriber =
        new CountingSubscriber(1 + random.nextInt(8), random.nextInt(70));
    switch (random.nextInt(8)) {
      case 0 -> generation.cancel();
      case 1 -> generation.close();
      case 2 -> readSome(generation, random.nextInt(30));
      case 3 -> {
        readSome(generation, random.nextInt(10));
        generation.cancel();
      }
      case 4 -> {
        generation.result().cancel(false);
      }
      case 5 -> {
        Thread.onSpinWait();
        generation.cancel();
      }
      case 6 -> {
        generation.tokens().subscribe(subscriber);
        return subscriber.seen;
      }
      default -> {
        generation.tokens().subscribe(new CountingSubscriber(3, Integer.MAX_VALUE));
        generation.tokens().subscribe(subscriber);
        return subscriber.seen;
      }
    }
    return CompletableFuture.completedFuture("");
  }

  private static void readSome(Generation generation, int count) {
    try (TokenIterator tokens = generation.iterator()) {
      for (int i = 0; i < count && tokens.hasNext(); i++) {
        assertThat(tokens.next().text()).isEqualTo(" " + (i + 1));
      }
    } catch (InferenceException e) {
      assertThat(e).hasMessageContaining("closed before");
    }
  }

  private static void check(
      Generation generation, int tokens, CompletableFuture<String> seen, AtomicInteger finished) {
    String whole =
        IntStream.rangeClosed(1, tokens).mapToObj(i -> " " + i).collect(Collectors.joining());
    try {
      GenerationResult result = generation.result().orTimeout(30, TimeUnit.SECONDS).join();
      if (result.finishReason() == FinishReason.STOP) {
        assertThat(result.text()).isEqualTo(whole);
        finished.incrementAndGet();
      } else {
        assertThat(result.finishReason()).isIn(FinishReason.CANCELLED, FinishReason.MODEL_CLOSED);
        assertThat(whole).startsWith(result.text());
      }
      assertThat(result.text()).startsWith(seen.orTimeout(30, TimeUnit.SECONDS).join());
    } catch (CompletionException e) {
      assertThat(e.getCause()).hasMessageContaining("closed before");
    }
  }

  /** Cancels after the given number of tokens. */
  private static final class CountingSubscriber implements Flow.Subscriber<Token> {
    final CompletableFuture<String> seen = new CompletableFuture<>();
    private final int batch;
    private final int leaveAfter;
    private final StringBuilder text = new StringBuilder();
    private int received;
    private Flow.Subscription subscription;

    CountingSubscriber(int batch, int leaveAfter) {
      this.batch = batch;
      this.leaveAfter = leaveAfter;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(batch);
    }

    @Override
    public void onNext(Token token) {
      text.append(token.text());
      received++;
      if (received >= leaveAfter) {
        subscription.cancel();
        seen.complete(text.toString());
      } else if (received % batch == 0) {
        subscription.request(batch);
      }
    }

    @Override
    public void onError(Throwable thrown) {
      seen.complete(text.toString());
    }

    @Override
    public void onComplete() {
      seen.complete(text.toString());
    }
  }
}
