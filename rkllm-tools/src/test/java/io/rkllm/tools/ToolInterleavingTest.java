package io.rkllm.tools;

import static io.rkllm.tools.ScriptedTools.call;
import static io.rkllm.tools.ScriptedTools.cut;
import static io.rkllm.tools.ScriptedTools.load;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rkllm.GenerationOptions;
import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tools.event.ToolSessionEvent;
import io.rkllm.tools.format.ChatFormats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Questions to tool sessions from several threads at once, each read, cancelled, timed out or left
 * at random, with tools that answer, throw and hang, while sessions and models close at random:
 * each question ends, and each subscriber hears of that once. The seed of a failing run is in its
 * message; the interleaving itself cannot be had again.
 */
@Timeout(600)
class ToolInterleavingTest {
  private static final int CALLERS = 4;
  private static final int QUESTIONS = 15; // of each caller on one model

  record Key(String name) {}

  private final AtomicInteger answered = new AtomicInteger();

  private final ToolSet tools =
      ToolSet.builder()
          .add(
              "open",
              "",
              Key.class,
              key ->
                  switch (key.name()) {
                    case "throws" -> throw new IllegalStateException("planted");
                    case "hangs" -> {
                      Thread.sleep(Duration.ofMinutes(10)); // until it is interrupted
                      yield "never";
                    }
                    default -> "opened";
                  })
          .build();

  private static String open(String name) {
    return call("open", "{\"name\": \"" + name + "\"}");
  }

  private static ScriptedRuntime runtime() {
    return ScriptedRuntime.answering(
        prompt ->
            switch (ScriptedTools.last(prompt)) {
              case "one" -> cut(open("a"));
              case "several" -> cut("I " + open("a") + open("throws") + open("b"));
              case "hanging" -> cut(open("hangs"));
              case "half" -> cut("<tool_call>{\"name\": \"op");
              case "fails" -> cut("x").thenError("planted").returning(-1);
              default -> cut("done");
            });
  }

  @Test
  void questions_atRandom_allEnd() throws Exception {
    interleave(10);
    assertThat(answered).hasPositiveValue();
  }

  @Tag("soak")
  @Test
  void manyMoreQuestions_atRandom_allEnd() throws Exception {
    interleave(700); // 42,000 questions
    assertThat(answered).hasPositiveValue();
  }

  private void interleave(int models) throws Exception {
    long seed = new Random().nextLong();
    Random seeds = new Random(seed);
    try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
      for (int i = 0; i < models; i++) {
        oneModel(callers, seeds);
      }
    } catch (Exception | AssertionError e) {
      throw new AssertionError("failed with seed " + seed, e);
    }
  }

  private void oneModel(ExecutorService callers, Random seeds) throws Exception {
    ScriptedRuntime runtime = runtime();
    RkllmModel model = load(runtime, ChatFormats.qwen3());
    List<Future<?>> done = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      Random random = new Random(seeds.nextLong()); // neighboring seeds begin alike
      done.add(callers.submit(() -> ask(model, random)));
    }
    if (seeds.nextInt(3) == 0) {
      Thread.sleep(seeds.nextInt(20)); // in the middle of all
      model.close();
    }
    for (Future<?> each : done) {
      each.get(60, TimeUnit.SECONDS);
    }
    model.close();
    assertThat(runtime.openModels()).isZero();
  }

  private void ask(RkllmModel model, Random random) {
    ToolSession session = open(model, random);
    List<ToolGeneration> questions = new ArrayList<>();
    List<Ends> subscribers = new ArrayList<>();
    for (int i = 0; i < QUESTIONS; i++) {
      try {
        ToolGeneration question = session.generate(prompt(random));
        questions.add(question);
        use(question, random, subscribers);
        if (random.nextInt(8) == 0) {
          session.clear();
        }
      } catch (RkllmException e) {
        // it has failed, or too many wait
      } catch (IllegalStateException e) {
        break; // the session or the model is closed
      }
      if (random.nextInt(20) == 0) {
        session.close();
      }
    }
    if (random.nextBoolean()) {
      session.close();
    }
    questions.forEach(this::assertEnds);
    subscribers.forEach(Ends::assertOne);
    session.close();
  }

  private ToolSession open(RkllmModel model, Random random) {
    GenerationOptions.Builder options = GenerationOptions.builder();
    if (random.nextInt(4) == 0) {
      options.timeout(Duration.ofNanos(1 + random.nextInt(2_000_000)));
    }
    return ToolSession.builder(model, tools)
        .callTimeout(Duration.ofMillis(1 + random.nextInt(20)))
        .maxParallelCalls(1 + random.nextInt(2))
        .generationOptions(options.build())
        .open();
  }

  private static String prompt(Random random) {
    String[] prompts = {"one", "several", "hanging", "half", "fails", "plain"};
    return prompts[random.nextInt(prompts.length)];
  }

  private static void use(ToolGeneration question, Random random, List<Ends> subscribers) {
    switch (random.nextInt(7)) {
      case 0 -> question.cancel();
      case 1 -> {
        try (ToolEventIterator events = question.iterator()) {
          for (int i = random.nextInt(5); i > 0 && events.hasNext(); i--) {
            events.next();
          }
        }
      }
      case 2, 3 -> {
        Ends subscriber = new Ends();
        subscribers.add(subscriber);
        question.events().subscribe(subscriber);
      }
      case 4 -> question.result().cancel(false);
      case 5 -> question.text();
      default -> {} // read later
    }
  }

  private void assertEnds(ToolGeneration question) {
    try {
      question.result().orTimeout(60, TimeUnit.SECONDS).join();
      answered.incrementAndGet();
    } catch (CompletionException e) {
      assertThat(e.getCause()).isInstanceOf(RkllmException.class);
    }
    assertThat(question.isDone()).isTrue();
  }

  /** Counts the ends that it is told of. */
  private static final class Ends implements Flow.Subscriber<ToolSessionEvent> {
    private final AtomicInteger ends = new AtomicInteger();

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ToolSessionEvent event) {
      assertThat(ends).hasValue(0);
    }

    @Override
    public void onError(Throwable thrown) {
      ends.incrementAndGet();
    }

    @Override
    public void onComplete() {
      ends.incrementAndGet();
    }

    void assertOne() {
      await().until(() -> ends.get() == 1);
    }
  }
}
