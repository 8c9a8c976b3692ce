package io.rkllm.tools.parser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.FinishReason;
import io.rkllm.Generation;
import io.rkllm.InferenceException;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tools.Collector;
import io.rkllm.tools.event.ChatEvent;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The events that subscribers of a chat event processor receive, and its demand for tokens. */
@Timeout(30)
class ChatEventProcessorTest {
  private static final ParserOptions OPTIONS =
      ParserOptions.builder().dialect(Dialects.HERMES).build();

  private final CountDownLatch goOn = new CountDownLatch(1);

  private final RkllmModel model =
      RkllmModel.builder(Path.of("scripted"))
          .runtime(
              ScriptedRuntime.answering(
                  prompt ->
                      switch (prompt) {
                        case "held" ->
                            Script.of("first ", "second ").then(goOn::await).then("third");
                        case "fail" -> Script.of("so far ").thenError("planted").returning(-1);
                        default -> Script.counting(Integer.parseInt(prompt));
                      }))
          .load();

  @AfterEach
  void close() {
    goOn.countDown();
    model.close();
  }

  @Test
  void manySubscribers_earlyAndLate_eachSeesAllFromTheFirstOn() throws Exception {
    ChatEventProcessor events = ChatEventProcessor.of(model.generate("held"), OPTIONS);
    Collector<ChatEvent> early = Collector.of(events);
    Collector<ChatEvent> second = Collector.of(events);
    await().until(() -> text(early.items()).equals("first second "));
    assertThat(early.hasEnded()).isFalse();
    goOn.countDown();

    assertThat(text(early.await())).isEqualTo("first second third");
    assertThat(early.await()).last().isInstanceOf(ChatEvent.Finished.class);
    assertThat(second.await()).isEqualTo(early.await());
    assertThat(Collector.of(events).await()).isEqualTo(early.await());
  }

  @Test
  void slowSubscriber_getsWhatItRequestedAndDelaysNoOther() throws Exception {
    Generation generation = model.generate("200");
    ChatEventProcessor events = ChatEventProcessor.of(generation, OPTIONS);
    Collector<ChatEvent> slow = Collector.of(events, 2);
    Collector<ChatEvent> fast = Collector.of(events);

    assertThat(fast.await()).hasSizeGreaterThan(100);
    assertThat(generation.await().finishReason()).isEqualTo(FinishReason.STOP);
    await().until(() -> slow.items().size() == 2);
    slow.subscription().request(3);
    await().until(() -> slow.items().size() == 5);
    assertThat(slow.hasEnded()).isFalse();
    slow.subscription().request(Long.MAX_VALUE);
    assertThat(slow.await()).isEqualTo(fast.await());
  }

  @Test
  void failingGeneration_isPassedOnAfterTheEventsSoFar() throws Exception {
    ChatEventProcessor events = ChatEventProcessor.of(model.generate("fail"), OPTIONS);

    Collector<ChatEvent> reader = Collector.of(events);
    assertThat(reader.awaitFailure()).isInstanceOf(InferenceException.class);
    assertThat(text(reader.items())).isEqualTo("so far ");
    assertThat(reader.items()).noneMatch(ChatEvent.Finished.class::isInstance);
    assertThat(Collector.of(events, 100).awaitFailure()).hasMessageContaining("planted");
  }

  @Test
  void lastSubscriberLeaving_cancelsTheGeneration_andLateOnesFail() throws Exception {
    Generation generation = model.generate("held");
    ChatEventProcessor events = ChatEventProcessor.of(generation, OPTIONS);
    Collector<ChatEvent> first = Collector.of(events);
    Collector<ChatEvent> second = Collector.of(events);
    await().until(() -> text(second.items()).equals("first second "));

    first.subscription().cancel();
    assertThat(generation.isDone()).isFalse();
    second.subscription().cancel();
    goOn.countDown();

    assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    Collector<ChatEvent> late = Collector.of(events);
    assertThat(late.awaitFailure()).isInstanceOf(CancellationException.class);
    assertThat(text(late.items())).isEqualTo("first second ");
  }

  @Test
  void everybodyLeftBeforeTheTokens_theyAreCancelledAtOnce() {
    ChatEventProcessor events = new ChatEventProcessor(OPTIONS);
    Collector.of(events).subscription().cancel();

    Requests tokens = new Requests();
    events.onSubscribe(tokens);
    assertThat(tokens.cancelled).isTrue();
    assertThat(tokens.requested).hasValue(0);
  }

  @Test
  void secondUpstream_isCancelled() {
    ChatEventProcessor events = new ChatEventProcessor(OPTIONS);
    Requests first = new Requests();
    Requests second = new Requests();
    events.onSubscribe(first);
    events.onSubscribe(second);

    assertThat(first.cancelled).isFalse();
    assertThat(first.requested).hasValue(Long.MAX_VALUE);
    assertThat(second.cancelled).isTrue();
  }

  @Test
  void executorThatRefuses_failsItsSubscriberOnly() throws Exception {
    AtomicBoolean refuse = new AtomicBoolean(true);
    ChatEventProcessor events =
        new ChatEventProcessor(
            OPTIONS,
            task -> {
              if (refuse.get()) {
                throw new RejectedExecutionException("planted");
              }
              Thread.startVirtualThread(task);
            });
    model.generate("3").tokens().subscribe(events);

    assertThat(Collector.of(events).awaitFailure()).hasMessageContaining("planted");
    refuse.set(false);
    ChatEventProcessor others = ChatEventProcessor.of(model.generate("3"), OPTIONS);
    assertThat(text(Collector.of(others).await())).isEqualTo("0 1 2 ");
  }

  @Test
  void nulls_areRefused() {
    ChatEventProcessor events = new ChatEventProcessor(OPTIONS);
    assertThatThrownBy(() -> new ChatEventProcessor(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("options must not be null");
    assertThatThrownBy(() -> events.onNext(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> events.subscribe(null)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void signalsAfterTheEnd_areIgnored() throws Exception {
    ChatEventProcessor events = new ChatEventProcessor(OPTIONS);
    events.onSubscribe(new Requests());
    events.onNext(new Token(1, "a"));
    events.onComplete();
    events.onNext(new Token(2, "b"));
    events.onError(new IllegalStateException("late"));

    assertThat(text(Collector.of(events).await())).isEqualTo("a");
  }

  /** The tokens end while the last subscriber leaves: it is one or the other, for everybody. */
  @Test
  void tokensEndWhileTheLastSubscriberLeaves_endsOnce() throws Exception {
    ChatEventProcessor events = new ChatEventProcessor(OPTIONS);
    events.onSubscribe(
        new Flow.Subscription() {
          @Override
          public void request(long n) {}

          @Override
          public void cancel() {
            events.onComplete();
          }
        });
    events.onNext(new Token(1, "hello "));
    Collector<ChatEvent> only = Collector.of(events);
    await().until(() -> !only.items().isEmpty());
    only.subscription().cancel();

    Collector<ChatEvent> late = Collector.of(events);
    assertThat(late.awaitFailure()).isInstanceOf(CancellationException.class);
    assertThat(late.items()).noneMatch(ChatEvent.Finished.class::isInstance);
  }

  @Test
  void publisherThatThrowsWhenCancelled_laterSubscribersFail() throws Exception {
    ChatEventProcessor events = new ChatEventProcessor(OPTIONS);
    events.onSubscribe(
        new Flow.Subscription() {
          @Override
          public void request(long n) {}

          @Override
          public void cancel() {
            throw new IllegalStateException("planted");
          }
        });
    Collector<ChatEvent> only = Collector.of(events);
    assertThatThrownBy(only.subscription()::cancel).hasMessage("planted");

    assertThat(Collector.of(events).awaitFailure()).isInstanceOf(CancellationException.class);
  }

  private static String text(List<ChatEvent> events) {
    return events.stream().map(ChatEvent::raw).collect(Collectors.joining());
  }

  /** A subscription that records its requests and cancellations. */
  private static final class Requests implements Flow.Subscription {
    private final AtomicLong requested = new AtomicLong();
    private volatile boolean cancelled;

    @Override
    public void request(long n) {
      requested.addAndGet(n);
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }
}
