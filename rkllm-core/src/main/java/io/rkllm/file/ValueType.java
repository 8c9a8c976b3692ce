package io.rkllm.file;

/** The types of values. Their ordinals are the numbers in a file. */
enum ValueType {
  UINT8(1),
  INT8(1),
  UINT16(2),
  INT16(2),
  UINT32(4),
  INT32(4),
  FLOAT32(4),
  BOOL(1),
  STRING(0),
  ARRAY(0),
  UINT64(8),
  INT64(8),
  FLOAT64(8);

  private static final ValueType[] ALL = values();

  /** The size of a value in bytes, or 0 if it varies. */
  final int size;

  ValueType(int size) {
    this.size = size;
  }

  static ValueType of(int number, FileInput input) {
    if (number < 0 || number >= ALL.length) {
      throw input.damaged(
          "has a value of the unknown type " + Integer.toUnsignedString(number) + input.where());
    }
    return ALL[number];
  }

  boolean isWhole() {
    return switch (this) {
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> false;
      default -> true;
    };
  }
}
