package io.rkllm.ffm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The version line in a runtime library, such as {@code RKLLM SDK (version: 1.2.3 | target: …)}.
 * Immutable.
 *
 * @param text the line as found in the file
 * @param release the release in the line
 */
record VersionText(String text, String release) {
  private static final Pattern CURRENT =
      Pattern.compile("RKLLM SDK \\(version:\\s*(\\d{1,4}\\.\\d{1,4}\\.\\d{1,4}\\w{0,16})");
  private static final Pattern OLD = Pattern.compile("rknn llm lib version: ([\\w.+-]{1,32})");
  private static final byte[] CURRENT_START = ascii("RKLLM SDK (version:");
  private static final byte[] OLD_START = ascii("rknn llm lib version: ");

  /** The number of bytes of the line that are read; the rest is irrelevant. */
  private static final int LINE = 200;

  private static final int CHUNK = 64 << 10;

  /** Returns whether the library identifies itself as a simulator. */
  boolean simulator() {
    return text.toLowerCase(Locale.ROOT).contains("simulator");
  }

  /** Searches the whole file, a chunk at a time. Returns null if there is no such line. */
  static @Nullable VersionText find(FileBytes file) throws IOException {
    byte[] chunk = new byte[CHUNK];
    VersionText old = null;
    // Chunks overlap by a line, so that no line is split.
    for (long at = 0; at < file.size(); at += CHUNK - LINE) {
      ByteBuffer buffer = ByteBuffer.wrap(chunk);
      file.fill(buffer, at);
      int length = buffer.position();
      int starts =
          length < CHUNK ? length : CHUNK - LINE; // the next chunk contains the rest completely
      for (int i = 0; i < starts; i++) {
        if (chunk[i] == 'R' && startsWith(chunk, i, length, CURRENT_START)) {
          VersionText found = parse(line(chunk, i, length), CURRENT);
          if (found != null) {
            return found;
          }
        } else if (old == null && chunk[i] == 'r' && startsWith(chunk, i, length, OLD_START)) {
          old = parse(line(chunk, i, length), OLD);
        }
      }
    }
    return old;
  }

  private static @Nullable VersionText parse(String line, Pattern pattern) {
    Matcher matcher = pattern.matcher(line);
    return matcher.lookingAt() ? new VersionText(line, matcher.group(1)) : null;
  }

  private static boolean startsWith(byte[] bytes, int from, int length, byte[] start) {
    return length - from >= start.length
        && Arrays.equals(bytes, from, from + start.length, start, 0, start.length);
  }

  /** Returns the printable characters from the given index on. */
  private static String line(byte[] bytes, int from, int length) {
    int end = from;
    while (end < length && end - from < LINE && bytes[end] >= 0x20 && bytes[end] < 0x7f) {
      end++;
    }
    return new String(bytes, from, end - from, StandardCharsets.US_ASCII);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
