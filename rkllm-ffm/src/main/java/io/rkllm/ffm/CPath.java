package io.rkllm.ffm;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** Converts paths to C strings. Stateless; the memory is allocated by the caller. */
final class CPath {
  private CPath() {}

  /** Returns the path as a C string that contains the exact bytes of the file system. */
  static MemorySegment of(Path path, SegmentAllocator allocator) {
    byte[] bytes = bytes(path);
    MemorySegment string = allocator.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, string, ValueLayout.JAVA_BYTE, 0, bytes.length);
    string.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
    return string;
  }

  /**
   * Returns the bytes of an absolute path. They cannot be obtained from its string: if the locale
   * is not UTF-8 (as with {@code LANG=C}), non-ASCII characters are lost there. The path's URI
   * escapes each byte.
   */
  static byte[] bytes(Path path) {
    String escaped = path.toUri().getRawPath();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c == '%') {
        bytes.write(Integer.parseInt(escaped, i + 1, i + 3, 16));
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toByteArray();
  }
}
