package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AbortGateTest {
  private final AbortGate gate = new AbortGate();

  @Test
  void abortBeforeAndAfterARun_isKeptOut() {
    assertThat(gate.enter()).isFalse();
    gate.open();
    assertThat(gate.enter()).isTrue();
    gate.leave();
    gate.close();
    assertThat(gate.enter()).isFalse();
  }

  @Test
  void boundedClose_returnsAlthoughAnAbortHangs() {
    gate.open();
    assertThat(gate.enter()).isTrue();
    gate.closeWithin(Duration.ofMillis(5));
    assertThat(gate.enter()).isFalse();
  }

  @Test
  void manyAbortsWhileRunsComeAndGo_noneIsInsideWhenClosed() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger inside = new AtomicInteger();
    List<Thread> aborters = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      aborters.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!stop.get()) {
                      if (gate.enter()) {
                        inside.incrementAndGet();
                        inside.decrementAndGet();
                        gate.leave();
                      }
                    }
                  }));
    }
    int violations = 0;
    for (int run = 0; run < 20_000; run++) {
      gate.open();
      gate.close();
      violations += inside.get();
    }
    stop.set(true);
    for (Thread aborter : aborters) {
      aborter.join();
    }

    assertThat(violations).isZero();
  }
}
