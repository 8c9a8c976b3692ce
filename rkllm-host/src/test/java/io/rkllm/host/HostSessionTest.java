package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.runtime.DoctorReport;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The host's side of a connection. */
@Timeout(60)
class HostSessionTest {
  @TempDir Path folder;

  /** A failure that cannot even be described, as in a full heap. */
  private static final class Undescribable extends Error {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw this;
    }
  }

  private static final class Failing implements RuntimeProvider {
    @Override
    public String name() {
      return "failing";
    }

    @Override
    public InferenceRuntime open(RuntimeOptions options) {
      throw new Undescribable();
    }

    @Override
    public DoctorReport diagnose(RuntimeOptions options) {
      throw new Undescribable();
    }

    @Override
    public void exitProcess(int status) {
      throw new AssertionError("this process is the test's");
    }
  }

  @Test
  void serve_failureCannotBeSent_endsTheConnection() throws Exception {
    try (Frames.Pair pair = Frames.Pair.connect(folder)) {
      HostSession session = new HostSession(new Wire(pair.near()), null, new Failing());
      Thread serving = Thread.startVirtualThread(() -> serve(session));
      pair.far()
          .write(ByteBuffer.wrap(Frames.bytes(new ToHost.Diagnose(RuntimeOptions.defaults()))));

      assertThat(pair.far().read(ByteBuffer.allocate(1))).isEqualTo(-1);
      serving.join();
    }
  }

  private static void serve(HostSession session) {
    try {
      session.serve();
    } catch (IOException e) {
      // It was closed while a message was awaited.
    }
  }
}
