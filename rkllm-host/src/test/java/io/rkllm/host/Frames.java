package io.rkllm.host;

import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.NativeFloats;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.runtime.Capability;
import io.rkllm.runtime.DoctorReport;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.runtime.Soc;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunPerformance;
import io.rkllm.spi.RunRequest;
import io.rkllm.spi.RuntimeOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** The bytes of frames: correct ones of each type, and what a faulty process makes of them. */
final class Frames {
  private static final int[] LIES = {
    -1, 0, 1, 255, 1 << 16, Wire.MAX_BODY, Wire.MAX_BODY + 1, Integer.MAX_VALUE, Integer.MIN_VALUE
  };

  private Frames() {}

  /** A connected pair of sockets. */
  record Pair(SocketChannel near, SocketChannel far) implements AutoCloseable {
    static Pair connect(Path folder) {
      Path address = folder.resolve("pair");
      try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        server.bind(UnixDomainSocketAddress.of(address));
        SocketChannel near = SocketChannel.open(UnixDomainSocketAddress.of(address));
        return new Pair(near, server.accept());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        boolean _ = address.toFile().delete();
      }
    }

    /** Sends bytes from the far end once a call has arrived there, and no more after them. */
    void answerLast(byte[] bytes) {
      try {
        int _ = far.read(ByteBuffer.allocate(1));
        sendLast(bytes);
      } catch (IOException e) {
        // There was no call.
      }
    }

    /** Sends bytes from the far end, and no more after them. */
    void sendLast(byte[] bytes) {
      try {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
          far.write(rest);
        }
        far.shutdownOutput();
      } catch (IOException e) {
        // The other end did not want to read it all.
      }
    }

    @Override
    public void close() throws IOException {
      near.close();
      far.close();
    }
  }

  static List<byte[]> fromHost() {
    RuntimeInfo info =
        new RuntimeInfo(
            "1.3.1", true, "1.3.1", Path.of("/lib"), true, EnumSet.allOf(Capability.class));
    DoctorReport report =
        new DoctorReport(
            List.of(new DoctorReport.Finding("library", DoctorReport.Status.PROBLEM, "no")), false);
    byte[] utf8 = {'a', 'b'};
    return Stream.<FromHost>of(
            new FromHost.Opened(info, Soc.RK3588, null),
            new FromHost.Report(report),
            new FromHost.Loaded(4096, 512),
            new FromHost.Returned(0, false),
            new FromHost.Returned(0, true),
            new FromHost.Sizes(new int[] {3}),
            new FromHost.Failed(new Failure(Failure.Kind.LOAD, "no", "/model", -1)),
            new FromHost.Failed(new Failure(Failure.Kind.RUNTIME, "no", "rkllm_run", -1)),
            new FromHost.Token(0, 7, false, false, utf8),
            new FromHost.Token(0, 7, true, true, utf8),
            new FromHost.MemberEnd(0),
            new FromHost.Output(true, 0, 2, 8, true),
            new FromHost.Output(false, 0, 1, 4, false),
            new FromHost.Finish(new RunPerformance(1, 2, 3, 4, 5)),
            new FromHost.RunError("no"),
            new FromHost.RunError(null),
            new FromHost.CallbackFailure(new Failure(Failure.Kind.OTHER, "no", "", 0)),
            new FromHost.Encode("text"),
            new FromHost.Embed(new int[] {1, 2}, 4),
            new FromHost.LogLine("log", 20, "line"))
        .map(Frames::bytes)
        .toList();
  }

  static List<byte[]> toHost() {
    NativeFloats floats = NativeFloats.copyOf(new float[2 * 2 * 16]);
    CrossAttention attention =
        CrossAttention.of(
            new CrossAttention.Shape(2, 2, 16), floats, floats, new float[1], new int[1]);
    return Stream.<ToHost>of(
            new ToHost.Open(Wire.VERSION, RuntimeOptions.defaults()),
            new ToHost.Open(Wire.VERSION + 1, RuntimeOptions.defaults()),
            new ToHost.Diagnose(RuntimeOptions.defaults()),
            new ToHost.Load(ModelConfig.builder(Path.of("/model")).build(), true, false),
            new ToHost.Run(1, RunRequest.of(TextPrompt.of("text"))),
            new ToHost.Run(2, RunRequest.of(TokenPrompt.of(new int[] {1, 2}))),
            new ToHost.Run(3, RunRequest.of(EmbeddingPrompt.of(new float[64], 64))),
            new ToHost.ClearCache(true),
            new ToHost.ClearRanges(new int[] {1}, new int[] {2}),
            new ToHost.CacheSizes(),
            new ToHost.LoadLora("a", Path.of("/a"), 1),
            new ToHost.LoadPromptCache(Path.of("/a")),
            new ToHost.ReleasePromptCache(),
            new ToHost.SetTemplate(new ChatTemplate("a", "b", "c")),
            new ToHost.SetTools(new FunctionTools("a", "[]", "t")),
            new ToHost.SetCrossAttention(attention),
            new ToHost.Destroy(),
            new ToHost.Abort(1),
            new ToHost.Pause(1),
            new ToHost.Proceed(true),
            new ToHost.OutputRead(),
            new ToHost.TokenIds(new int[] {1}),
            new ToHost.EmbeddingRows(floats),
            new ToHost.FunctionFailed(new Failure(Failure.Kind.OTHER, "no", "", 0)))
        .map(Frames::bytes)
        .toList();
  }

  static byte[] bytes(FromHost message) {
    FrameWriter frame = new FrameWriter();
    FromHost.write(message, frame);
    if (message instanceof FromHost.Output output && !output.shared()) {
      frame.append(MemorySegment.ofArray(new float[output.rows() * output.width()]));
    }
    return bytes(frame);
  }

  static byte[] bytes(ToHost message) {
    FrameWriter frame = new FrameWriter();
    ToHost.write(message, frame);
    return bytes(frame);
  }

  static byte[] bytes(FrameWriter frame) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer head = frame.head();
    byte[] written = new byte[head.remaining()];
    head.get(written);
    all.writeBytes(written);
    frame.floats().forEach(floats -> all.writeBytes(floats.toArray(ValueLayout.JAVA_BYTE)));
    frame.release();
    return all.toByteArray();
  }

  /** Returns a few of the frames in any order, most of which are correct. */
  static byte[] mutated(List<byte[]> frames, Random random) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    List<byte[]> chosen = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      chosen.add(frames.get(random.nextInt(frames.size())).clone());
    }
    int victim = random.nextInt(chosen.size());
    for (int i = 0; i < chosen.size(); i++) {
      all.writeBytes(i == victim ? mutated(chosen.get(i), random) : chosen.get(i));
    }
    return all.toByteArray();
  }

  private static byte[] mutated(byte[] frame, Random random) {
    int at = random.nextInt(frame.length);
    return switch (random.nextInt(8)) {
      case 0 -> Arrays.copyOf(frame, at); // truncated
      case 1 -> Arrays.copyOf(frame, frame.length + 1 + random.nextInt(40)); // zeros after it
      case 2 -> {
        frame[4] = (byte) random.nextInt(); // another type
        yield frame;
      }
      case 3, 4 -> {
        int lie = random.nextBoolean() ? LIES[random.nextInt(LIES.length)] : random.nextInt();
        int position = random.nextInt(3) == 0 ? 0 : Math.max(0, Math.min(at, frame.length - 4));
        ByteBuffer.wrap(frame).putInt(position, lie); // a length that lies
        yield frame;
      }
      case 5 -> {
        random.nextBytes(frame);
        yield frame;
      }
      case 6 -> frame; // only in the wrong order
      default -> {
        frame[at] ^= (byte) (1 << random.nextInt(8));
        yield frame;
      }
    };
  }
}
