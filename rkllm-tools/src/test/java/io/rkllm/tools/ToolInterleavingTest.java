package io.rkllm.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.RkllmModel;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tools.event.ToolReturned;
import io.rkllm.tools.event.ToolReturned.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

/**
 * Questions of several threads to several sessions, each read, cancelled or left at random, while
 * tools give results, throw and hang at random and sessions close: each question ends, no call runs
 * twice, and what the tools gave is what was told. The seed of a failing run is in its message.
 */
@Timeout(120)
class ToolInterleavingTest {
  private static final int SESSIONS = 4;
  private static final int QUESTIONS = 30; // of each session

  record Call(int number) {}

  private final AtomicInteger numbers = new AtomicInteger();
  private final Map<Integer, AtomicInteger> runs = new ConcurrentHashMap<>();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();

  private final ToolSet tools =
      ToolSet.builder()
          .add(
              "work",
              "",
              Call.class,
              call -> {
                runs.computeIfAbsent(call.number(), _ -> new AtomicInteger()).incrementAndGet();
                return switch (call.number() % 7) {
                  case 5 -> throw new IllegalStateException("planted");
                  case 6 -> {
                    new CountDownLatch(1).await(); // until it is interrupted
                    yield "never";
                  }
                  default -> "worked on " + call.number();
                };
              })
          .build();

  /** Calls up to four tools, each call with a number of its own, until chance has it answer. */
  private String answer(String told) {
    if (!told.startsWith("go") && told.hashCode() % 3 == 0) {
      return "done";
    }
    StringBuilder answer = new StringBuilder("well");
    for (int i = Math.floorMod(told.hashCode(), 4); i >= 0; i--) {
      answer.append(ScriptedTools.call("work", "{\"number\": " + numbers.incrementAndGet() + "}"));
    }
    return answer.toString();
  }

  @RepeatedTest(3)
  void questions_atRandom_allEnd() throws Exception {
    long seed = new Random().nextLong();
    ScriptedRuntime runtime = ScriptedTools.answering(this::answer);
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
        RkllmModel model = ScriptedTools.load(runtime)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < SESSIONS; i++) {
        Random random = new Random(seed + i);
        all.add(callers.submit(() -> ask(model, random)));
      }
      for (Future<?> each : all) {
        assertThat(each).as("seed %d", seed).succeedsWithin(Duration.ofSeconds(60));
      }
    }
    assertThat(runs.values()).as("seed %d", seed).allMatch(count -> count.get() == 1);
    assertThat(answered).hasPositiveValue();
    assertThat(cancelled).hasPositiveValue();
  }

  private Void ask(RkllmModel model, Random random) throws Exception {
    ToolSession session = open(model, random);
    List<ToolGeneration> asked = new ArrayList<>();
    for (int i = 0; i < QUESTIONS; i++) {
      ToolGeneration generation = session.generate("go " + i);
      asked.add(generation);
      switch (random.nextInt(6)) {
        case 0 -> generation.cancel();
        case 1 -> generation.iterator().close();
        case 2 -> Collector.of(generation.events(), random.nextInt(5)).subscription().cancel();
        case 3 -> {
          try (ToolEventIterator events = generation.iterator()) {
            for (int n = random.nextInt(20); n > 0 && events.hasNext(); n--) {
              events.next();
            }
          }
        }
        case 4 -> generation.await();
        default -> {} // runs by itself
      }
      if (random.nextInt(20) == 0) {
        session.close();
        session = open(model, random);
      }
    }
    for (ToolGeneration generation : asked) {
      check(generation.result().get(60, TimeUnit.SECONDS));
    }
    session.close();
    return null;
  }

  private ToolSession open(RkllmModel model, Random random) {
    return ToolSession.builder(model, tools)
        .callTimeout(Duration.ofMillis(20))
        .maxParallelCalls(1 + random.nextInt(3))
        .maxTurns(4)
        .open();
  }

  private void check(ToolGenerationResult result) {
    (result.finishReason() == ToolFinishReason.CANCELLED ? cancelled : answered).incrementAndGet();
    for (ToolReturned returned : result.returned()) {
      if (returned.outcome() == Outcome.SUCCEEDED) {
        assertThat(returned.call().arguments())
            .contains(returned.result().text().substring("worked on ".length()));
      }
    }
  }
}
