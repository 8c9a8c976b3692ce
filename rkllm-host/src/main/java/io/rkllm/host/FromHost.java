package io.rkllm.host;

import io.rkllm.runtime.DoctorReport;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.runtime.Soc;
import io.rkllm.spi.RunPerformance;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** A message from the host to the application. */
@SuppressWarnings("ArrayRecordComponent") // messages are written and read, not compared
sealed interface FromHost {

  /** The answer to a {@link ToHost.Call}. */
  sealed interface Answer extends FromHost {}

  /** A callback of native code, which waits in the host for a {@link ToHost.Reply}. */
  sealed interface Question extends FromHost {}

  /**
   * The answer to {@link ToHost.Open}.
   *
   * @param soc the SoC of the host's machine
   * @param requiredSoc the SoC that models must have been converted for
   */
  record Opened(RuntimeInfo info, @Nullable Soc soc, @Nullable Soc requiredSoc) implements Answer {}

  record Report(DoctorReport report) implements Answer {}

  record Loaded(int contextLength, int maxNewTokens) implements Answer {}

  /**
   * The return of a native call.
   *
   * @param paused whether the call was a run and has paused
   */
  record Returned(int code, boolean paused) implements Answer {}

  record Sizes(int[] positions) implements Answer {}

  /** The exception that a call has thrown. */
  record Failed(Failure failure) implements Answer {}

  /**
   * A token.
   *
   * @param partial whether it ends inside a character
   * @param asks whether native code waits for {@link ToHost.Proceed}
   */
  record Token(int member, int id, boolean partial, boolean asks, byte[] utf8)
      implements FromHost {}

  record MemberEnd(int member) implements FromHost {}

  /**
   * Logits or hidden states. They are in the shared file, or follow the frame.
   *
   * @param logits whether they are logits
   * @param shared whether they are in the shared file, from its beginning
   */
  record Output(boolean logits, int member, int rows, int width, boolean shared)
      implements Question {
    private static final int MAX_ROWS = 1 << 20; // more than any context has
    private static final int MAX_WIDTH = 1 << 24; // more than any vocabulary has

    public Output {
      if (rows < 1 || rows > MAX_ROWS || width < 1 || width > MAX_WIDTH) {
        throw new IllegalArgumentException(rows + " rows of " + width + " floats");
      }
    }

    long bytes() {
      return (long) rows * width * Float.BYTES;
    }
  }

  record Finish(RunPerformance performance) implements FromHost {}

  record RunError(@Nullable String message) implements FromHost {}

  record CallbackFailure(Failure failure) implements FromHost {}

  /** Asks the application's tokenizer for the tokens of a text. */
  record Encode(String text) implements Question {}

  /** Asks the application's embedding lookup for the rows of tokens, of {@code width} floats. */
  record Embed(int[] ids, int width) implements Question {
    private static final int MAX_FLOATS = 1 << 28; // 16,384 tokens of 16,384 floats

    public Embed {
      if (ids.length < 1 || width < 1 || width > MAX_FLOATS / ids.length) {
        throw new IllegalArgumentException(ids.length + " embeddings of " + width + " floats");
      }
    }
  }

  /** A line for the log, at one of the levels of SLF4J. */
  record LogLine(String logger, int level, String text) implements FromHost {
    public LogLine {
      Level _ = Level.intToLevel(level); // throws an exception if there is no such level
    }
  }

  /** Encodes a message. The floats of an {@link Output} are appended by the caller. */
  static void write(FromHost message, FrameWriter out) {
    switch (message) {
      case Opened(RuntimeInfo info, Soc soc, Soc required) -> {
        Values.put(out.begin(1), info);
        out.putNullable(soc, FrameWriter::put).putNullable(required, FrameWriter::put);
      }
      case Report(DoctorReport report) -> Values.put(out.begin(2), report);
      case Loaded(int context, int limit) -> out.begin(3).put(context).put(limit);
      case Returned(int code, boolean paused) -> out.begin(4).put(code).put(paused);
      case Sizes(int[] positions) -> out.begin(5).put(positions);
      case Failed(Failure failure) -> failure.put(out.begin(6));
      case Token(int member, int id, boolean partial, boolean asks, byte[] utf8) ->
          writeToken(out, member, id, partial, asks, utf8, utf8.length);
      case MemberEnd(int member) -> out.begin(8).put(member);
      case Output(boolean logits, int member, int rows, int width, boolean shared) ->
          out.begin(9).put(logits).put(member).put(rows).put(width).put(shared);
      case Finish(RunPerformance performance) -> Values.put(out.begin(10), performance);
      case RunError(String text) -> Values.putNullableString(out.begin(11), text);
      case CallbackFailure(Failure failure) -> failure.put(out.begin(12));
      case Encode(String text) -> out.begin(13).put(text);
      case Embed(int[] ids, int width) -> out.begin(14).put(ids).put(width);
      case LogLine(String logger, int level, String text) ->
          out.begin(15).put(logger).put(level).put(text);
    }
  }

  /** Encodes a token without creating a message, because there are many. */
  static void writeToken(
      FrameWriter out, int member, int id, boolean partial, boolean asks, byte[] utf8, int length) {
    out.begin(7).put(member).put(id).put(partial).put(asks).put(utf8, length);
  }

  /**
   * Decodes a message.
   *
   * @throws MalformedFrameException if there is no such message
   */
  static FromHost read(FrameReader in) {
    return switch (in.type()) {
      case 1 ->
          new Opened(
              Values.takeRuntimeInfo(in),
              in.takeNullable(each -> each.takeEnum(Soc.class)),
              in.takeNullable(each -> each.takeEnum(Soc.class)));
      case 2 -> new Report(Values.takeDoctorReport(in));
      case 3 -> new Loaded(in.takeInt(), in.takeInt());
      case 4 -> new Returned(in.takeInt(), in.takeBoolean());
      case 5 -> new Sizes(in.takeInts());
      case 6 -> new Failed(Failure.take(in));
      case 7 ->
          new Token(in.takeInt(), in.takeInt(), in.takeBoolean(), in.takeBoolean(), in.takeBytes());
      case 8 -> new MemberEnd(in.takeInt());
      case 9 ->
          new Output(in.takeBoolean(), in.takeInt(), in.takeInt(), in.takeInt(), in.takeBoolean());
      case 10 -> new Finish(Values.takePerformance(in));
      case 11 -> new RunError(Values.takeNullableString(in));
      case 12 -> new CallbackFailure(Failure.take(in));
      case 13 -> new Encode(in.takeString());
      case 14 -> new Embed(in.takeInts(), in.takeInt());
      case 15 -> new LogLine(in.takeString(), in.takeInt(), in.takeString());
      default -> throw in.malformed("there is no such message");
    };
  }
}
