package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.ITestResult;
import org.testng.TestListenerAdapter;
import org.testng.TestNG;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;

/**
 * Runs the Reactive Streams TCK on the token publisher. Each rule is a separate test here. A rule
 * that the TCK skips must be listed in {@link #KNOWN_SKIPS}, with the reason.
 */
class TokenPublisherTckTest {
  private static final String UNTESTABLE = "the kit has no way to test it (it says so itself)";

  private static final Map<String, String> KNOWN_SKIPS =
      Map.of(
          "required_spec317_mustNotSignalOnErrorWhenPendingAboveLongMaxValue",
              "needs an endless stream; a generation is bounded by the context",
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

  @TestFactory
  Stream<DynamicTest> eachRuleOfTheKit_holds() {
    TestListenerAdapter results = new TestListenerAdapter();
    TestNG kit = new TestNG(false);
    kit.setTestClasses(new Class<?>[] {TokenPublisherVerification.class});
    kit.addListener(results);
    kit.run();

    List<DynamicTest> tests = new ArrayList<>();
    results.getPassedTests().forEach(r -> tests.add(dynamicTest(r.getName(), () -> {})));
    results.getFailedTests().forEach(r -> tests.add(dynamicTest(r.getName(), () -> fail(r))));
    results
        .getConfigurationFailures()
        .forEach(r -> tests.add(dynamicTest(r.getName(), () -> fail(r))));
    Map<String, String> skipped = new TreeMap<>();
    results.getSkippedTests().forEach(r -> skipped.put(r.getName(), reason(r)));
    tests.add(
        dynamicTest(
            "skippedRules_areTheKnownOnes",
            () -> assertThat(skipped).containsOnlyKeys(KNOWN_SKIPS.keySet())));
    tests.add(
        dynamicTest(
            "passedRules_areThere",
            () -> assertThat(results.getPassedTests()).hasSizeGreaterThan(25)));
    return tests.stream();
  }

  private static String reason(ITestResult result) {
    return String.valueOf(result.getThrowable());
  }

  private static void fail(ITestResult result) throws Throwable {
    throw result.getThrowable() != null
        ? result.getThrowable()
        : new AssertionError(result.getName());
  }

  /** Run by the TestNG runner of the TCK, above. */
  public static final class TokenPublisherVerification extends FlowPublisherVerification<Token> {
    private RkllmModel model;

    /** The timeouts are the longest times that a correct publisher may take, not sleeps. */
    public TokenPublisherVerification() {
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

    @Override
    public Flow.Publisher<Token> createFlowPublisher(long elements) {
      return model.generate(Long.toString(elements)).tokens();
    }

    @Override
    public Flow.Publisher<Token> createFailedFlowPublisher() {
      Generation failed = model.generate("fail");
      failed.result().exceptionally(thrown -> null).join();
      return failed.tokens();
    }

    /** Returns a bound, because the length of a generation is limited by the context. */
    @Override
    public long maxElementsFromPublisher() {
      return 16_384;
    }
  }
}
