package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.InferenceSession;
import io.rkllm.LoraAdapter;
import io.rkllm.PausedGeneration;
import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.TokenIterator;
import io.rkllm.chat.ChatFormat;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.TextPrompt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Several threads use one model in random ways while its process is killed at random moments. Each
 * use is one interleaving: what it reports as complete is complete, what it reports as cut short is
 * the beginning of the answer, it ends within a bound, and nothing is left afterwards. {@code
 * -Drkllm.test.interleavings} sets the number of the soak test.
 */
@Tag("not-emulated")
class RandomKillsTest {
  private static final int SOAK = Integer.getInteger("rkllm.test.interleavings", 10_000);
  private static final List<String> SIGNALS = List.of("SEGV", "ABRT", "BUS", "KILL", "TERM");
  private static final int THREADS = 3;
  private static final int TOKENS = 60;
  private static final int USES_OF_A_MODEL = 200;

  /** Longer than the longest documented bound, since uses wait for each other. */
  private static final Duration BOUND = Duration.ofMinutes(5);

  private final AtomicInteger uses = new AtomicInteger();
  private final LongAdder whole = new LongAdder();
  private final LongAdder beginnings = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder kills = new LongAdder();

  @TempDir Path folder;

  @Test
  @Timeout(300)
  void model_isKilledAtAnyMoment_reportsNothingWrong() throws Exception {
    interleave(Simulators.V1_3_1, 30, new Random(7));
  }

  @Tag("soak")
  @Timeout(36_000)
  @ParameterizedTest
  @EnumSource
  void model_isKilledAtAnyMomentOften_reportsNothingWrong(Simulators runtime) throws Exception {
    interleave(runtime, SOAK, new Random());
  }

  private void interleave(Simulators runtime, int total, Random random) throws Exception {
    Leaks before = Leaks.now();
    while (uses.get() < total) {
      int end = Math.min(total, uses.get() + USES_OF_A_MODEL);
      useAModel(runtime, end, random.nextBoolean(), random);
      before.assertNoneSince();
    }
    System.out.printf(
        "%s: %d interleavings with %d kills: %d complete, %d cut short, %d failed%n",
        runtime, uses.get(), kills.sum(), whole.sum(), beginnings.sum(), failures.sum());
  }

  /** Uses a model until there were as many uses, and closes it while it may be in use. */
  private void useAModel(Simulators runtime, int end, boolean batch, Random random)
      throws Exception {
    RkllmModel.Builder builder =
        RkllmModel.builder(
                Simulators.model(
                    folder, "cut: words", "when: *", "decode-ms: 1", "repeat: 60 \" {i}\""))
            .library(runtime.library())
            .contextLength(4096)
            .runtime(
                HostRuntime.builder()
                    .restarts(Integer.MAX_VALUE, Duration.ofDays(1))
                    .stopGrace(Duration.ofSeconds(5))
                    .retryRuns(random.nextBoolean())
                    .build());
    if (batch) {
      builder.batchSize(2);
    } else if (random.nextBoolean()) {
      builder.chatFormat(ChatFormat.chatMl());
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      RkllmModel model = builder.load();
      try (model) {
        List<Callable<Void>> users =
            IntStream.range(0, THREADS)
                .mapToObj(_ -> user(model, batch, end, new Random(random.nextLong())))
                .toList();
        List<Future<Void>> results = users.stream().map(threads::submit).toList();
        while (!results.stream().allMatch(Future::isDone)) {
          long next = answered() + 1 + random.nextInt(8);
          while (answered() < next && !results.stream().allMatch(Future::isDone)) {
            Thread.sleep(random.nextInt(1, 50)); // the moment is what varies
          }
          kill(SIGNALS.get(random.nextInt(SIGNALS.size())));
        }
        for (Future<Void> result : results) {
          result.get(BOUND.toSeconds(), TimeUnit.SECONDS);
        }
        for (int i = 0; i < 3; i++) {
          List<Generation> _ = generate(model, batch); // cut off by the close
        }
      }
    }
  }

  private long answered() {
    return whole.sum() + beginnings.sum();
  }

  private void kill(String signal) throws Exception {
    List<ProcessHandle> children;
    try (Stream<ProcessHandle> all = ProcessHandle.current().children()) {
      children = all.filter(child -> child.info().command().orElse("").endsWith("java")).toList();
    }
    for (ProcessHandle child : children) {
      new ProcessBuilder("kill", "-" + signal, Long.toString(child.pid())).start().waitFor();
      kills.increment();
    }
  }

  private Callable<Void> user(RkllmModel model, boolean batch, int end, Random random) {
    return () -> {
      while (uses.getAndIncrement() < end) {
        try {
          use(model, batch, random);
        } catch (RkllmException | IllegalStateException e) { // the latter during a pause
          assertThat(e.getMessage()).isNotBlank();
          failures.increment();
        }
      }
      return null;
    };
  }

  private static List<Generation> generate(RkllmModel model, boolean batch) {
    return batch
        ? model.generateBatch(List.of(TextPrompt.of("count"), TextPrompt.of("count")))
        : List.of(model.generate("count"));
  }

  private void use(RkllmModel model, boolean batch, Random random) throws Exception {
    switch (random.nextInt(batch ? 6 : 11)) {
      case 0, 1 -> generate(model, batch).forEach(this::check);
      case 2 -> stream(generate(model, batch).getLast(), random.nextInt(TOKENS));
      case 3 -> cancel(generate(model, batch).getLast(), random.nextInt(TOKENS));
      case 4 -> model.setChatTemplate(new ChatTemplate("", "<u>", "</u>"));
      case 5 -> model.kvCache().clear();
      case 6, 7 -> session(model);
      case 8 -> pause(model, random);
      case 9 -> {
        LoraAdapter _ = model.loadLora("a" + random.nextInt(), lora(), 1);
      }
      default -> model.setFunctionTools(new FunctionTools("", "[]", "t"));
    }
  }

  private Path lora() throws Exception {
    return Files.writeString(
        folder.resolve(Thread.currentThread().getName() + ".lora"),
        "RKLLM-SIMULATOR-LORA 1\nfor: test\nseed: 1\n");
  }

  private void stream(Generation generation, int count) {
    StringBuilder read = new StringBuilder();
    try (TokenIterator tokens = generation.iterator()) {
      for (int i = 0; i < count && tokens.hasNext(); i++) {
        read.append(tokens.next().text());
      }
    } catch (RkllmException e) {
      failures.increment();
    }
    assertThat(counted()).startsWith(read);
  }

  private void cancel(Generation generation, int count) {
    stream(generation, count);
    generation.cancel();
    check(generation);
  }

  private void session(RkllmModel model) {
    try (InferenceSession session = model.openSession()) {
      check(session.generate("count"));
      check(session.generate("count again"));
    }
  }

  private void pause(RkllmModel model, Random random) throws Exception {
    Generation generation = model.generate("count");
    if (random.nextBoolean()) {
      stream(generation, 3);
    }
    var paused = generation.pause();
    if (paused.isPresent()) {
      try (PausedGeneration first = paused.get()) {
        String text = first.text();
        assertThat(counted()).startsWith(text);
        Generation rest = first.resume();
        try {
          assertThat(text + rest.text()).isEqualTo(counted());
          whole.increment();
        } catch (RkllmException e) {
          failures.increment();
        }
      }
    }
  }

  /** An answer is complete, or cut short after its beginning. */
  private void check(Generation generation) {
    try {
      GenerationResult result =
          generation.result().orTimeout(BOUND.toSeconds(), TimeUnit.SECONDS).join();
      if (result.finishReason() == FinishReason.STOP) {
        assertThat(result.text()).isEqualTo(counted());
        assertThat(result.stats().generatedTokens()).isBetween(TOKENS, TOKENS + 1);
        whole.increment();
      } else {
        assertThat(counted()).startsWith(result.text());
        beginnings.increment();
      }
    } catch (CompletionException e) {
      assertThat(e.getCause())
          .isInstanceOfSatisfying(
              InferenceException.class,
              failed -> assertThat(counted()).startsWith(failed.partialText()));
      failures.increment();
    }
  }

  private static String counted() {
    return IntStream.rangeClosed(1, TOKENS).mapToObj(i -> " " + i).collect(Collectors.joining());
  }
}
