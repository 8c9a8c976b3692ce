package io.rkllm.examples.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The watch for clients that have gone. */
@Timeout(60)
final class ActiveRequestsTest {
  /** The address of a client that has disconnected. */
  private final InetSocketAddress gone = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  private final AtomicInteger cancelled = new AtomicInteger();

  @Test
  void cancel_thatThrowsAnError_keepsNoOtherFromBeingCancelled() throws Exception {
    try (ActiveRequests answers = new ActiveRequests(Duration.ofMillis(20))) {
      for (int i = 0; i < 3; i++) {
        answers.add(gone, gone, this::fail);
      }
      await().until(() -> cancelled.get() == 3);

      answers.add(gone, gone, cancelled::incrementAndGet);

      await().until(() -> cancelled.get() == 4);
    }
  }

  @Test
  void end_cancelsAll_alsoAfterOneThatThrows() throws Exception {
    try (ActiveRequests answers = new ActiveRequests(Duration.ofHours(1))) {
      for (int i = 0; i < 3; i++) {
        ActiveRequests.Entry[] entry = new ActiveRequests.Entry[1];
        entry[0] = answers.add(gone, gone, () -> closeAndFail(entry));
      }

      answers.finish(Duration.ZERO);

      await().until(() -> cancelled.get() == 3);
    }
  }

  @Test
  void entry_interruptedAfterItsWork_leavesNoInterruptToTheResponse() throws Exception {
    try (ActiveRequests answers = new ActiveRequests(Duration.ofHours(1))) {
      answers.finish(Duration.ZERO); // later requests are stopped at once
      ActiveRequests.Entry entry = answers.add(gone, gone, Thread.currentThread()::interrupt);

      entry.close();

      assertThat(Thread.interrupted()).isFalse();
    }
  }

  // ---- One connection, held open by both sides

  private interface Body {
    void with(Socket client, InetSocketAddress ours, InetSocketAddress theirs) throws Exception;
  }

  private static void connected(Body body) throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(listening.getInetAddress(), listening.getLocalPort());
        Socket served = listening.accept()) {
      body.with(
          client,
          (InetSocketAddress) served.getLocalSocketAddress(),
          (InetSocketAddress) served.getRemoteSocketAddress());
    }
  }

  @Test
  void connectedClient_isNotCancelled_untilItDisconnects() throws Exception {
    try (ActiveRequests answers = new ActiveRequests(Duration.ofMillis(5))) {
      connected(
          (client, ours, theirs) -> {
            AtomicInteger looks = new AtomicInteger();
            ActiveRequests.Entry entry = answers.add(ours, theirs, cancelled::incrementAndGet);
            for (int i = 0; i < 5; i++) { // each is cancelled at a look that finds the other there
              answers.add(gone, gone, looks::incrementAndGet);
              int after = i;
              await().until(() -> looks.get() > after);
            }
            assertThat(cancelled).hasValue(0);
            entry.throwIfStopped();

            client.close();

            await().until(() -> cancelled.get() == 1);
            assertThatThrownBy(entry::throwIfStopped)
                .isInstanceOfSatisfying(
                    RequestException.class,
                    gone -> {
                      assertThat(gone.status()).isEqualTo(499);
                      assertThat(gone.code()).isEqualTo("client_gone");
                    });
          });
    }
  }

  /** Both ends count: another client's connection to the same server is not a sign of this one. */
  @Test
  void client_ofAnotherConnection_isNotTakenForThisOne() throws Exception {
    try (ActiveRequests answers = new ActiveRequests(Duration.ofMillis(5))) {
      connected(
          (client, ours, theirs) -> {
            answers.add(ours, gone, cancelled::incrementAndGet);
            answers.add(gone, theirs, cancelled::incrementAndGet);
            await().until(() -> cancelled.get() == 2);
          });
    }
  }

  /** Its next write would fail, and listing connections takes the system milliseconds. */
  @Test
  void client_thatIsBeingSentSomething_isNotLookedFor() {
    try (ActiveRequests answers = new ActiveRequests(Duration.ofHours(1))) {
      ActiveRequests.Entry streamed = answers.add(gone, gone, cancelled::incrementAndGet);
      streamed.sending();

      answers.cancelDisconnected();
      assertThat(cancelled).hasValue(0);

      answers.cancelDisconnected();
      assertThat(cancelled).hasValue(1);
    }
  }

  @Test
  void entry_thatIsClosed_isCancelledNoMore() throws Exception {
    try (ActiveRequests answers = new ActiveRequests(Duration.ofHours(1))) {
      ActiveRequests.Entry closed = answers.add(gone, gone, this::fail);
      ActiveRequests.Entry open = answers.add(gone, gone, cancelled::incrementAndGet);
      assertThat(answers.size()).isEqualTo(2);
      closed.close();
      closed.close();
      assertThat(answers.size()).isEqualTo(1);

      stopAtOnce(answers);

      assertThat(cancelled).hasValue(1);
      closed.throwIfStopped();
      assertThatThrownBy(open::throwIfStopped).hasMessageContaining("the server is stopping");
    }
  }

  /** Its thread may do something else by then. */
  @Test
  void entry_thatIsClosedWhileOthersAreCancelled_isNotCancelled() throws Exception {
    try (ActiveRequests answers = new ActiveRequests(Duration.ofMillis(20))) {
      ActiveRequests.Entry[] both = new ActiveRequests.Entry[2];
      CountDownLatch added = new CountDownLatch(1);
      for (int i = 0; i < 2; i++) {
        int other = 1 - i;
        both[i] =
            answers.add(
                gone,
                gone,
                () -> {
                  awaitUninterrupted(added);
                  both[other].close();
                  cancelled.incrementAndGet();
                });
      }
      added.countDown();
      await().until(() -> cancelled.get() > 0);
      AtomicInteger later = new AtomicInteger();
      answers.add(gone, gone, later::incrementAndGet);
      await().until(() -> later.get() == 1); // a look after that one

      assertThat(cancelled).hasValue(1);
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void entry_isCancelledOnce_andTheFirstReasonCounts() throws Exception {
    try (ActiveRequests answers = new ActiveRequests(Duration.ofMillis(5))) {
      ActiveRequests.Entry entry = answers.add(gone, gone, cancelled::incrementAndGet);
      await().until(() -> cancelled.get() == 1);
      stopAtOnce(answers);
      stopAtOnce(answers);

      assertThat(cancelled).hasValue(1);
      assertThatThrownBy(entry::throwIfStopped).hasMessageContaining("closed the connection");
    }
  }

  @Test
  void end_waitsForThoseThatEndInTime_andCancelsNone() throws Exception {
    try (ActiveRequests answers = new ActiveRequests(Duration.ofHours(1))) {
      ActiveRequests.Entry entry = answers.add(gone, gone, cancelled::incrementAndGet);
      Thread ending = Thread.ofVirtual().start(() -> finish(answers, Duration.ofMinutes(1)));
      await().until(() -> ending.getState() == Thread.State.TIMED_WAITING);
      assertThat(answers.size()).isEqualTo(1);
      entry.close();
      ending.join();
      assertThat(cancelled).hasValue(0);
    }
  }

  private static void finish(ActiveRequests answers, Duration grace) {
    try {
      answers.finish(grace);
    } catch (InterruptedException _) {
      // it has cancelled all and waits for them to end
    }
  }

  /** Cancels all that there are, without waiting for them to end. */
  private static void stopAtOnce(ActiveRequests answers) throws InterruptedException {
    Thread stopping = Thread.ofVirtual().start(() -> finish(answers, Duration.ZERO));
    await().until(() -> stopping.getState() == Thread.State.TIMED_WAITING);
    stopping.interrupt();
    stopping.join();
  }

  @Test
  void answerStartedDuringShutdown_isCancelledImmediately() throws Exception {
    try (ActiveRequests answers = new ActiveRequests(Duration.ofHours(1))) {
      answers.finish(Duration.ZERO);
      ActiveRequests.Entry late = answers.add(gone, gone, cancelled::incrementAndGet);
      assertThat(cancelled).hasValue(1);
      assertThatThrownBy(late::throwIfStopped)
          .isInstanceOfSatisfying(
              RequestException.class, busy -> assertThat(busy.status()).isEqualTo(503));
    }
  }

  private void closeAndFail(ActiveRequests.Entry[] entry) {
    entry[0].close();
    fail();
  }

  private void fail() {
    cancelled.incrementAndGet();
    throw new LinkageError("of a cancel");
  }
}
