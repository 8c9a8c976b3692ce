package io.rkllm.ffm;

import static io.rkllm.ffm.Runs.prompt;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunPerformance;
import io.rkllm.spi.RunRequest;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Exceptions of an observer end neither the JVM nor the run, and are reported. */
@Timeout(60)
class ObserverFailureTest {
  private static final RunRequest FINE = prompt("fine");
  private static final RunRequest WRONG = prompt("wrong");

  @TempDir Path folder;

  enum Place {
    TOKEN,
    FINISH,
    ERROR,
    FAULT
  }

  /** Throws in one of its methods. */
  private static final class Thrower extends RecordingObserver {
    private final Place place;
    private final Throwable thrown;

    Thrower(Place place, Throwable thrown) {
      this.place = place;
      this.thrown = thrown;
    }

    @SuppressWarnings("unchecked")
    private <E extends Throwable> void at(Place here) throws E {
      if (here == place || (place == Place.FAULT && here == Place.TOKEN)) {
        throw (E) thrown;
      }
    }

    @Override
    public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
      super.onToken(member, tokenId, utf8, length);
      this.<RuntimeException>at(Place.TOKEN);
      return true;
    }

    @Override
    public void onFinish(RunPerformance performance) {
      super.onFinish(performance);
      this.<RuntimeException>at(Place.FINISH);
    }

    @Override
    public void onError(@Nullable String message) {
      super.onError(message);
      this.<RuntimeException>at(Place.ERROR);
    }

    @Override
    public void onCallbackFailure(Throwable t) {
      super.onCallbackFailure(t);
      this.<RuntimeException>at(Place.FAULT);
    }
  }

  static Stream<Arguments> cases() {
    Stream.Builder<Arguments> cases = Stream.builder();
    for (Simulator simulator : Simulator.values()) {
      for (Place place : Place.values()) {
        cases.add(Arguments.of(simulator, place, new IllegalStateException("thrown on purpose")));
        cases.add(Arguments.of(simulator, place, new Exception("checked, on purpose")));
        cases.add(Arguments.of(simulator, place, new AssertionError("error, on purpose")));
        cases.add(Arguments.of(simulator, place, new OutOfMemoryError("on purpose")));
        cases.add(Arguments.of(simulator, place, new ThreadDeathLike()));
      }
    }
    return cases.build();
  }

  /** A throwable that is neither an exception nor an error of the usual kinds. */
  private static final class ThreadDeathLike extends Throwable {
    private static final long serialVersionUID = 1L;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void thrownByObserver_isReportedAndTheRunContinues(
      Simulator simulator, Place place, Throwable thrown) {
    ModelFile file =
        ModelFile.in(
            folder,
            "when: fine",
            "say: a b c",
            "cut: words",
            "when: wrong",
            "say: a b c",
            "cut: words",
            "fault: error-at 3");
    NativeModel model = simulator.runtime().load(file.config());
    Thrower observer = new Thrower(place, thrown);

    int code = model.run(place == Place.ERROR ? WRONG : FINE, observer);

    assertThat(code).isEqualTo(place == Place.ERROR ? -1 : 0);
    assertThat(observer.text()).isEqualTo("a b c");
    int throwing = place == Place.TOKEN || place == Place.FAULT ? observer.lengths.size() : 1;
    assertThat(observer.faults)
        .hasSize(throwing)
        .allSatisfy(fault -> assertThat(fault).isSameAs(thrown));

    RecordingObserver next = new RecordingObserver();
    assertThat(model.run(FINE, next)).isZero();
    assertThat(next.text()).isEqualTo("a b c");
    assertThat(next.faults).isEmpty();
    model.destroy();
    assertThat(file.ledger()).contains(" misuse=0 ");
  }

  static Stream<Arguments> simulators() {
    return Stream.of(Simulator.values()).map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("simulators")
  void stackOverflowInObserver_isReported(Simulator simulator) {
    ModelFile file =
        ModelFile.in(folder, "stop-token: hidden", "when: *", "say: a b c", "cut: words");
    NativeModel model = simulator.runtime().load(file.config());
    RecordingObserver observer =
        new RecordingObserver() {
          @Override
          public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
            super.onToken(member, tokenId, utf8, length);
            return recurse(1) > 0;
          }

          private int recurse(int depth) {
            Supplier<Integer> deeper = () -> recurse(depth + 1);
            return deeper.get() + 1;
          }
        };

    assertThat(model.run(FINE, observer)).isZero();
    assertThat(observer.faults).hasSize(3).hasOnlyElementsOfType(StackOverflowError.class);
    model.destroy();
  }
}
