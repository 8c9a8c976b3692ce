package io.rkllm.examples.server.http;

import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The watch for clients that have gone. */
@Timeout(60)
final class AnswersUnderWayTest {
  /** Of no connection that exists: its client has gone. */
  private final InetSocketAddress nobody =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  private final AtomicInteger cancelled = new AtomicInteger();

  @Test
  void cancel_thatThrowsAnError_keepsNoOtherFromBeingCancelled() throws Exception {
    try (AnswersUnderWay answers = new AnswersUnderWay(Duration.ofMillis(20))) {
      for (int i = 0; i < 3; i++) {
        answers.add(nobody, nobody, this::fail);
      }
      await().until(() -> cancelled.get() == 3);

      answers.add(nobody, nobody, cancelled::incrementAndGet);

      await().until(() -> cancelled.get() == 4);
    }
  }

  @Test
  void end_cancelsAll_alsoAfterOneThatThrows() throws Exception {
    try (AnswersUnderWay answers = new AnswersUnderWay(Duration.ofHours(1))) {
      for (int i = 0; i < 3; i++) {
        AnswersUnderWay.Entry[] entry = new AnswersUnderWay.Entry[1];
        entry[0] = answers.add(nobody, nobody, () -> closeAndFail(entry));
      }

      answers.finish(Duration.ZERO);

      await().until(() -> cancelled.get() == 3);
    }
  }

  private void closeAndFail(AnswersUnderWay.Entry[] entry) {
    entry[0].close();
    fail();
  }

  private void fail() {
    cancelled.incrementAndGet();
    throw new LinkageError("of a cancel");
  }
}
