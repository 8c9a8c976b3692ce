package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LineDispatcherTest {
  private static final int CAPACITY = 256;

  private final List<String> taken = new CopyOnWriteArrayList<>();
  private final LineDispatcher dispatcher = new LineDispatcher("rkllm-test-lines", taken::add);

  /** The thread is started late, so nothing is taken at first. */
  @Test
  void linesThatDoNotFit_areDropped_andCountedOnce() throws Exception {
    for (int i = 0; i < CAPACITY + 3; i++) {
      dispatcher.offer("line " + i);
    }
    assertThat(dispatcher.takeDropped()).isEqualTo(3);
    assertThat(dispatcher.takeDropped()).isZero();
    dispatcher.end(); // has no effect yet

    dispatcher.start();
    dispatcher.end();
    assertThat(taken).hasSize(CAPACITY).startsWith("line 0").endsWith("line 255");
  }
}
