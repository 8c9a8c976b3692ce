package io.rkllm.file;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.RandomAccess;

/** Strings in one block of memory, which are decoded when they are read. Immutable. */
final class StringTable extends AbstractList<String> implements RandomAccess {
  static final StringTable EMPTY = new StringTable(new byte[0], new int[0]);

  private final byte[] bytes;
  private final int[] ends;

  StringTable(byte[] bytes, int[] ends) {
    this.bytes = bytes;
    this.ends = ends;
  }

  @Override
  public String get(int index) {
    int start = start(index);
    return new String(bytes, start, ends[index] - start, StandardCharsets.UTF_8);
  }

  byte[] bytes(int index) {
    return Arrays.copyOfRange(bytes, start(index), ends[index]);
  }

  private int start(int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  @Override
  public int size() {
    return ends.length;
  }
}
