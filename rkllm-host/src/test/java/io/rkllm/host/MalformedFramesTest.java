package io.rkllm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.RkllmException;
import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.TextPrompt;
import io.rkllm.spi.ModelLostException;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import io.rkllm.spi.RunRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Invalid frames, and frames out of order, on either side of a connection. */
@Timeout(120)
class MalformedFramesTest {
  private static final int SOAK = Integer.getInteger("rkllm.test.frames", 100_000);

  @TempDir Path folder;

  /** Takes every event; an output is read to its end. */
  private static final class Reader implements RunObserver {
    @Override
    public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
      return true;
    }

    @Override
    public boolean onPartialToken(int member, int tokenId, byte[] utf8, int length) {
      return true;
    }

    @Override
    public void onMemberEnd(int member) {}

    @Override
    public void onLogits(int member, Logits logits) {
      assertThat(logits.get(logits.rows() - 1, 0)).isNotNaN();
    }

    @Override
    public void onHiddenStates(int member, HiddenStates states) {
      assertThat(states.width()).isPositive();
    }

    @Override
    public void onFinish(RunPerformance performance) {}

    @Override
    public void onError(@Nullable String message) {}

    @Override
    public void onCallbackFailure(Throwable thrown) {}
  }

  private static final class EndedPeer implements Connection.Peer {
    @Override
    public String describeEnd(@Nullable String reason) {
      return reason == null ? "ended" : reason;
    }

    @Override
    public void logged(String line) {}

    @Override
    public void kill() {}
  }

  private FileChannel shared() throws IOException {
    Path file = folder.resolve("shared");
    return FileChannel.open(
        Files.write(file, new byte[2 * 8 * Float.BYTES]), StandardOpenOption.READ);
  }

  // ---- The application, whose host sends what it likes

  @Test
  void application_receivesMutatedFrames_callFailsOrReturns() throws Exception {
    fuzzApplication(300, new Random(1));
  }

  @Tag("soak")
  @Timeout(3600)
  @Test
  void application_receivesManyMutatedFrames_callFailsOrReturns() throws Exception {
    fuzzApplication(SOAK, new Random());
  }

  private void fuzzApplication(int times, Random random) throws Exception {
    List<byte[]> frames = Frames.fromHost();
    for (int i = 0; i < times; i++) {
      byte[] sent = Frames.mutated(frames, random);
      try {
        runAgainst(sent);
      } catch (RkllmException | IllegalArgumentException | IllegalStateException e) {
        assertThat(e.getMessage()).doesNotContain("Error", "could not be processed");
      } catch (Throwable other) {
        throw new AssertionError("sent " + HexFormat.of().formatHex(sent), other);
      }
    }
  }

  /** Makes a run that the host answers with these bytes, and waits until the connection is down. */
  private void runAgainst(byte[] sent) throws Exception {
    Frames.Pair pair = Frames.Pair.connect(folder);
    Connection connection =
        new Connection("fuzzed", new Wire(pair.near()), shared(), new EndedPeer());
    connection.start();
    Thread host = Thread.startVirtualThread(() -> pair.answerLast(sent));
    try (pair) {
      RunRequest request = RunRequest.of(TextPrompt.of("x"));
      FromHost.Returned _ = connection.run(new RemoteRun(1, 1, new Reader()), request);
    } finally {
      connection.close();
      host.join();
      assertThat(connection.down().get(30, TimeUnit.SECONDS)).isNotBlank();
    }
  }

  @Test
  void application_receivesAnAnswerOfAnotherCall_saysSo() {
    assertThatThrownBy(() -> runAgainst(Frames.bytes(new FromHost.Loaded(1, 1))))
        .isInstanceOf(ModelLostException.class)
        .hasMessageContainingAll(
            "rkllm_run", "malformed message", "an answer to no call", "Loaded");
  }

  @Test
  void application_receivesATokenOfNoInput_saysSo() {
    byte[] token = Frames.bytes(new FromHost.Token(3, 1, false, false, new byte[0]));
    assertThatThrownBy(() -> runAgainst(token))
        .isInstanceOf(ModelLostException.class)
        .hasMessageContaining("input 3, which does not exist");
  }

  @Test
  void application_isToldOfMoreSharedMemoryThanThereIs_saysSo() {
    byte[] output = Frames.bytes(new FromHost.Output(true, 0, 512, 151_936, true));
    assertThatThrownBy(() -> runAgainst(output))
        .isInstanceOf(ModelLostException.class)
        .hasMessageContaining("the shared file does not have");
  }

  /** Two gigabytes of floats, of which none arrives, are not allocated. */
  @Test
  void application_isToldOfFloatsThatDoNotCome_allocatesLittle() {
    FrameWriter frame = new FrameWriter();
    FromHost.write(new FromHost.Output(true, 0, 1 << 20, 1 << 24, false), frame);
    byte[] head = Frames.bytes(frame);
    assertThatThrownBy(() -> runAgainst(head))
        .isInstanceOf(ModelLostException.class)
        .hasMessageContaining("ended");
  }

  // ---- The host, whose application sends what it likes

  @Test
  void host_receivesMutatedFrames_endsTheConnectionWithAMessage() throws Exception {
    fuzzHost(300, new Random(1));
  }

  @Tag("soak")
  @Timeout(3600)
  @Test
  void host_receivesManyMutatedFrames_endsTheConnectionWithAMessage() throws Exception {
    fuzzHost(SOAK, new Random());
  }

  private void fuzzHost(int times, Random random) throws Exception {
    List<byte[]> frames = Frames.toHost();
    for (int i = 0; i < times; i++) {
      byte[] sent = Frames.mutated(frames, random);
      try {
        assertThat(serveAgainst(sent)).doesNotContain("Error");
      } catch (Throwable other) {
        throw new AssertionError("sent " + HexFormat.of().formatHex(sent), other);
      }
    }
  }

  /** Serves these bytes. Returns the message with which the connection ended, or an empty text. */
  private String serveAgainst(byte[] sent) throws Exception {
    try (Frames.Pair pair = Frames.Pair.connect(folder)) {
      Thread application = Thread.startVirtualThread(() -> pair.sendLast(sent));
      try {
        new HostSession(new Wire(pair.near()), null, null).serve();
        return "";
      } catch (MalformedFrameException e) {
        assertThat(messages(pair)).contains(e.getMessage());
        return e.getMessage();
      } catch (IOException e) {
        return String.valueOf(e.getMessage()); // inside a frame
      } finally {
        pair.near().close();
        application.join();
      }
    }
  }

  /** Returns the messages of the failures that the application was told of. */
  private static String messages(Frames.Pair pair) throws IOException {
    Wire wire = new Wire(pair.far());
    StringBuilder all = new StringBuilder();
    pair.near().close(); // unless the session has closed it
    try {
      for (FromHost message; (message = wire.receive(FromHost::read)) != null; ) {
        if (message instanceof FromHost.Failed(Failure failure)) {
          all.append(failure.message()).append('\n');
        }
      }
    } catch (MalformedFrameException e) {
      throw e;
    } catch (IOException e) {
      // The connection was closed before everything had been read, which counts as an error.
    }
    return all.toString();
  }

  @Test
  void host_receivesACallBeforeItsAnswer_saysSo() throws Exception {
    byte[] call = Frames.bytes(new ToHost.SetTools(new FunctionTools("", "[]", "t")));
    ByteArrayOutputStream calls = new ByteArrayOutputStream();
    for (int i = 0; i < 10_000; i++) {
      calls.writeBytes(call);
    }
    assertThat(serveAgainst(calls.toByteArray())).contains("a call before the answer");
  }

  @Test
  void host_receivesAReplyToNoQuestion_saysSo() throws Exception {
    assertThat(serveAgainst(Frames.bytes(new ToHost.Proceed(true))))
        .contains("a reply to no question");
  }

  @Test
  void host_isToldOfFloatsThatDoNotCome_allocatesLittle() throws Exception {
    FrameWriter frame = new FrameWriter().begin(20).put(Integer.MAX_VALUE / Float.BYTES);
    byte[] head = Frames.bytes(frame);
    assertThat(serveAgainst(head)).contains("inside a frame");
  }

  @Test
  void open_withAnotherVersion_saysWhichOnesDiffer() throws Exception {
    FrameWriter frame = new FrameWriter().begin(1).put(Wire.VERSION + 7).put("something new");
    byte[] open = Frames.bytes(frame);
    try (Frames.Pair pair = Frames.Pair.connect(folder)) {
      Thread host =
          Thread.startVirtualThread(
              () -> {
                try {
                  new HostSession(new Wire(pair.near()), null, null).serve();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      int _ = pair.far().write(ByteBuffer.wrap(open));
      FromHost answer = new Wire(pair.far()).receive(FromHost::read);
      assertThat(String.valueOf(answer)).contains("version 1 ", "version 8");
      pair.far().shutdownOutput();
      host.join();
    }
  }

  @Test
  void send_textIsTooLong_isRejectedBeforeAnythingIsSent() throws Exception {
    try (Frames.Pair pair = Frames.Pair.connect(folder)) {
      Connection connection = new Connection("long", new Wire(pair.near()), null, new EndedPeer());
      connection.start();
      RunRequest request = RunRequest.of(TextPrompt.of("x".repeat(Wire.MAX_BODY)));
      assertThatThrownBy(() -> connection.run(new RemoteRun(1, 1, new Reader()), request))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("shorten");
      assertThat(connection.isUp()).isTrue();
    }
  }
}
