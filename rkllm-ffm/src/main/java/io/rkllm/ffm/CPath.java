package io.rkllm.ffm;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** Paths as C sees them. Stateless; the memory is the caller's. */
final class CPath {
  private CPath() {}

  /** The path as a C string, in the very bytes of the file system. */
  static MemorySegment of(Path path, SegmentAllocator allocator) {
    byte[] bytes = bytes(path);
    MemorySegment string = allocator.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, string, ValueLayout.JAVA_BYTE, 0, bytes.length);
    string.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
    return string;
  }

  /**
   * The bytes of an absolute path. Its text does not give them: where the locale is not UTF-8 (as
   * under {@code LANG=C}), letters beyond ASCII are lost in it. Its URI escapes each byte.
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
