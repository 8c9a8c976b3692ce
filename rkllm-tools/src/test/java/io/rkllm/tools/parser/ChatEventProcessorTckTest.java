package io.rkllm.tools.parser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.rkllm.Generation;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tools.event.ChatEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.reactivestreams.tck.flow.FlowSubscriberBlackboxVerification;
import org.testng.ITestResult;
import org.testng.SkipException;
import org.testng.TestListenerAdapter;
import org.testng.TestNG;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;

/**
 * The Reactive Streams TCK on the chat event processor, as a publisher and as a subscriber. (The
 * kit's own test of processors is for those that pass on what they get.) Each rule of the kit is a
 * test of its own here; a rule that the kit skips must be in a list, with the reason.
 */
class ChatEventProcessorTckTest {
  private static final String UNTESTABLE = "the kit has no way to test it (it says so itself)";

  private static final Map<String, String> SKIPPED_OF_PUBLISHER =
      Map.of(
          "required_spec317_mustNotSignalOnErrorWhenPendingAboveLongMaxValue",
              "needs an endless stream; an answer is bounded by the context",
          "optional_spec105_emptyStreamMustTerminateBySignallingOnComplete",
              "there is no empty stream; the last event tells of the end",
          "untested_spec106_mustConsiderSubscriptionCancelledAfterOnErrorOrOnCompleteHasBeenCalled",
              UNTESTABLE,
          "untested_spec107_mustNotEmitFurtherSignalsOnceOnErrorHasBeenSignalled", UNTESTABLE,
          "untested_spec108_possiblyCanceledSubscriptionShouldNotReceiveOnErrorOrOnCompleteSignals",
              UNTESTABLE,
          "untested_spec109_subscribeShouldNotThrowNonFatalThrowable", UNTESTABLE,
          "untested_spec110_rejectASubscriptionRequestIfTheSameSubscriberSubscribesTwice",
              UNTESTABLE,
          "untested_spec304_requestShouldNotPerformHeavyComputations", UNTESTABLE,
          "untested_spec305_cancelMustNotSynchronouslyPerformHeavyComputation", UNTESTABLE);

  /** The kit has no way to test these, it says so itself. */
  private static final Set<String> SKIPPED_OF_SUBSCRIBER =
      Set.of(
          "untested_spec202_blackbox_shouldAsynchronouslyDispatch",
          "untested_spec204_blackbox_mustConsiderTheSubscriptionAsCancelledInAfterRecievingOnCompleteOrOnError",
          "untested_spec206_blackbox_mustCallSubscriptionCancelIfItIsNoLongerValid",
          "untested_spec207_blackbox_mustEnsureAllCallsOnItsSubscriptionTakePlaceFromTheSameThreadOrTakeCareOfSynchronization",
          "untested_spec208_blackbox_mustBePreparedToReceiveOnNextSignalsAfterHavingCalledSubscriptionCancel",
          "untested_spec211_blackbox_mustMakeSureThatAllCallsOnItsMethodsHappenBeforeTheProcessingOfTheRespectiveEvents",
          "untested_spec212_blackbox_mustNotCallOnSubscribeMoreThanOnceBasedOnObjectEquality",
          "untested_spec213_blackbox_failingOnSignalInvocation",
          "untested_spec301_blackbox_mustNotBeCalledOutsideSubscriberContext",
          "untested_spec308_blackbox_requestMustRegisterGivenNumberElementsToBeProduced",
          "untested_spec310_blackbox_requestMaySynchronouslyCallOnNextOnSubscriber",
          "untested_spec311_blackbox_requestMaySynchronouslyCallOnCompleteOrOnError",
          "untested_spec314_blackbox_cancelMayCauseThePublisherToShutdownIfNoOtherSubscriptionExists",
          "untested_spec315_blackbox_cancelMustNotThrowExceptionAndMustSignalOnError",
          "untested_spec316_blackbox_requestMustNotThrowExceptionAndMustOnErrorTheSubscriber");

  @TestFactory
  Stream<DynamicTest> eachRuleForPublishers_holds() {
    return run(PublisherVerification.class, SKIPPED_OF_PUBLISHER.keySet(), 25);
  }

  @TestFactory
  Stream<DynamicTest> eachRuleForSubscribers_holds() {
    return run(SubscriberVerification.class, SKIPPED_OF_SUBSCRIBER, 8);
  }

  private static Stream<DynamicTest> run(
      Class<?> verification, Set<String> knownSkips, int atLeast) {
    TestListenerAdapter results = new TestListenerAdapter();
    TestNG kit = new TestNG(false);
    kit.setTestClasses(new Class<?>[] {verification});
    kit.addListener(results);
    kit.run();

    List<DynamicTest> tests = new ArrayList<>();
    results.getPassedTests().forEach(r -> tests.add(dynamicTest(r.getName(), () -> {})));
    results.getFailedTests().forEach(r -> tests.add(dynamicTest(r.getName(), () -> fail(r))));
    results
        .getConfigurationFailures()
        .forEach(r -> tests.add(dynamicTest(r.getName(), () -> fail(r))));
    Map<String, String> skipped = new TreeMap<>();
    results
        .getSkippedTests()
        .forEach(r -> skipped.put(r.getName(), String.valueOf(r.getThrowable())));
    tests.add(
        dynamicTest(
            "skippedRules_areTheKnownOnes",
            () -> assertThat(skipped).containsOnlyKeys(knownSkips)));
    tests.add(
        dynamicTest(
            "passedRules_areThere",
            () -> assertThat(results.getPassedTests()).hasSizeGreaterThanOrEqualTo(atLeast)));
    return tests.stream();
  }

  private static void fail(ITestResult result) throws Throwable {
    throw result.getThrowable() != null
        ? result.getThrowable()
        : new AssertionError(result.getName());
  }

  private static ParserOptions options() {
    return ParserOptions.builder().dialect(Dialects.HERMES).build();
  }

  /** Run by the kit's own runner, above. */
  public static final class PublisherVerification extends FlowPublisherVerification<ChatEvent> {
    private RkllmModel model;

    /** The waits are the longest that a correct publisher is given, not sleeps. */
    public PublisherVerification() {
      super(new TestEnvironment(2000, 200));
    }

    @BeforeClass
    public void load() {
      ScriptedRuntime runtime =
          ScriptedRuntime.answering(
              prompt ->
                  prompt.equals("fail")
                      ? Script.of().returning(-1)
                      : Script.counting(Integer.parseInt(prompt)));
      model = RkllmModel.builder(Path.of("scripted")).runtime(runtime).queueCapacity(1000).load();
    }

    @AfterClass
    public void close() {
      model.close();
    }

    /** One event for each token, and one for the end; so there is no empty stream. */
    @Override
    public Flow.Publisher<ChatEvent> createFlowPublisher(long elements) {
      return ChatEventProcessor.of(
          model.generate(Long.toString(Math.max(elements - 1, 0))), options());
    }

    @Override
    public void optional_spec105_emptyStreamMustTerminateBySignallingOnComplete() {
      throw new SkipException("there is no empty stream");
    }

    @Override
    public Flow.Publisher<ChatEvent> createFailedFlowPublisher() {
      Generation failed = model.generate("fail");
      failed.result().exceptionally(thrown -> null).join();
      return ChatEventProcessor.of(failed, options());
    }

    /** An answer is bounded by the context. */
    @Override
    public long maxElementsFromPublisher() {
      return 16_384;
    }
  }

  /** Run by the kit's own runner, above. */
  public static final class SubscriberVerification
      extends FlowSubscriberBlackboxVerification<Token> {

    /** The wait is the longest that a correct subscriber is given, not a sleep. */
    public SubscriberVerification() {
      super(new TestEnvironment(500));
    }

    @Override
    public Flow.Subscriber<Token> createFlowSubscriber() {
      return new ChatEventProcessor(options());
    }

    @Override
    public Token createElement(int element) {
      return new Token(element, element + " ");
    }
  }
}
