package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.rkllm.spi.ModelLostException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The application's side of a connection, without a host. */
@Timeout(60)
class ConnectionTest {
  @TempDir Path folder;

  /** A host that has ended, which the application learns when it uses the connection. */
  private static final class UnnoticedEnd implements Connection.Peer {
    private final CountDownLatch used = new CountDownLatch(1);

    @Override
    public String describeEnd(@Nullable String reason) {
      try {
        assertThat(used.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return reason == null ? "ended" : reason;
    }

    @Override
    public void logged(String line) {}

    @Override
    public void kill() {
      used.countDown();
    }
  }

  private static Connection connection(Frames.Pair pair) {
    Connection connection = new Connection("test", new Wire(pair.near()), null, new UnnoticedEnd());
    connection.start();
    return connection;
  }

  @Test
  void call_hostHasEndedUnnoticed_isUnsent() throws Exception {
    Frames.Pair pair = Frames.Pair.connect(folder);
    pair.far().close();
    Connection connection = connection(pair);
    assertThat(connection.isUp()).isTrue();

    assertThatExceptionOfType(ModelLostException.class)
        .isThrownBy(
            () -> connection.callUninterrupted(new ToHost.CacheSizes(), null, FromHost.Sizes.class))
        .withMessage("rkllm_get_kv_cache_size: ended")
        .satisfies(lost -> assertThat(Connection.isUnsent(lost)).isTrue());
    assertThat(connection.isUp()).isFalse();
  }

  @Test
  void call_hostWasKilledByTheApplication_isNotUnsent() throws Exception {
    Connection connection = connection(Frames.Pair.connect(folder));
    connection.kill("it was too slow");

    assertThatExceptionOfType(ModelLostException.class)
        .isThrownBy(
            () -> connection.callUninterrupted(new ToHost.CacheSizes(), null, FromHost.Sizes.class))
        .withMessage("rkllm_get_kv_cache_size: it was too slow")
        .satisfies(lost -> assertThat(Connection.isUnsent(lost)).isFalse());
  }
}
