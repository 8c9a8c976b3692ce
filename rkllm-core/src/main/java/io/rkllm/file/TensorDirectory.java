package io.rkllm.file;

import java.io.IOException;
import java.util.OptionalLong;

/**
 * The list of tensors after the entries, with a name, dimensions, a type and an offset for each.
 * Only the dimensions are used; the offsets are not the positions of the data for packed matrices.
 */
final class TensorDirectory {
  private static final int MAX_TENSORS = 65_536;
  private static final int MAX_NAME = 512;
  private static final int MAX_DIMENSIONS = 8;

  private TensorDirectory() {}

  /**
   * Adds up the sizes of all tensors. Nothing else depends on the list, so if it is not as
   * expected, only this number is unknown.
   */
  static OptionalLong countParameters(FileInput input, long tensors) throws IOException {
    if (tensors <= 0 || tensors > MAX_TENSORS) {
      return OptionalLong.empty();
    }
    try {
      long sum = 0;
      for (long i = 0; i < tensors; i++) {
        sum = Math.addExact(sum, readSize(input));
      }
      return OptionalLong.of(sum);
    } catch (ModelFileException | ArithmeticException unexpected) {
      return OptionalLong.empty();
    }
  }

  private static long readSize(FileInput input) throws IOException {
    input.skip(input.readLength("a name", MAX_NAME));
    int dimensions = input.readInt();
    if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw input.damaged("has a tensor of " + dimensions + " dimensions");
    }
    long size = 1;
    for (int i = 0; i < dimensions; i++) {
      long length = input.readLong();
      if (length < 1) {
        throw input.damaged("has a tensor of length " + length);
      }
      size = Math.multiplyExact(size, length);
    }
    input.skip(4 + 8); // type and offset
    return size;
  }
}
