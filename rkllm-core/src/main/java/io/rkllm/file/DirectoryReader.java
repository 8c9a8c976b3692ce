package io.rkllm.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the entries of a directory: keys and values in the format of GGUF version 3. Not
 * thread-safe.
 */
final class DirectoryReader {
  private static final int MAX_ENTRIES = 16_384;
  private static final int MAX_KEY = 512;
  private static final int MAX_TEXT = 16 << 20;

  /** The longest text that is kept in memory when the directory is read. */
  private static final int MAX_KEPT_TEXT = 512;

  /** Gemma 3 has 515,000 merges, the largest number known. */
  private static final int MAX_ELEMENTS = 1 << 21;

  private static final int MAX_DEPTH = 4;

  private final FileInput input;

  /** The number of array elements that may still be read. */
  private int itemsLeft = MAX_ELEMENTS;

  DirectoryReader(FileInput input) {
    this.input = input;
  }

  /** Reads all entries in the order of the file, and positions the input after the last one. */
  Map<String, Entry> readEntries(long count) throws IOException {
    if (count < 0 || count > MAX_ENTRIES) {
      throw input.damaged(
          "has %s entries, more than %d".formatted(Long.toUnsignedString(count), MAX_ENTRIES));
    }
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      String key = readKey();
      if (entries.put(key, readEntry()) != null) {
        throw input.damaged("has the key '" + key + "' twice");
      }
    }
    return entries;
  }

  private String readKey() throws IOException {
    String where = input.where();
    byte[] key = input.readString("a key", MAX_KEY);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
    } catch (CharacterCodingException e) {
      throw input.damaged("has a key that is not valid UTF-8" + where);
    }
  }

  private Entry readEntry() throws IOException {
    ValueType type = readType();
    long offset = input.position();
    return switch (type) {
      case STRING -> {
        int length = input.readLength("a text", MAX_TEXT);
        if (length > MAX_KEPT_TEXT) {
          input.skip(length);
          yield new Entry(type, offset, length, null);
        }
        input.seek(offset);
        yield new Entry(type, offset, length, readValue(type));
      }
      case ARRAY -> new Entry(type, offset, skipArray(1), null);
      default -> new Entry(type, offset, 1, readValue(type));
    };
  }

  private ValueType readType() throws IOException {
    return ValueType.of(input.readInt(), input);
  }

  /** Skips an array and returns its number of elements. */
  private int skipArray(int depth) throws IOException {
    ArrayHeader header = readHeader(depth);
    if (header.type.size > 0) {
      input.skip((long) header.count * header.type.size);
      return header.count;
    }
    for (int i = 0; i < header.count; i++) {
      if (header.type == ValueType.STRING) {
        input.skip(input.readLength("a text", MAX_TEXT));
      } else {
        skipArray(depth + 1);
      }
    }
    return header.count;
  }

  private ArrayHeader readHeader(int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw input.damaged("has arrays nested more than " + MAX_DEPTH + " deep" + input.where());
    }
    return new ArrayHeader(readType(), input.readLength("an array", MAX_ELEMENTS));
  }

  /** Reads the value of an entry. */
  ModelValue readValue(Entry entry) throws IOException {
    input.seek(entry.offset());
    return readValue(entry.type());
  }

  private ModelValue readValue(ValueType type) throws IOException {
    return switch (type) {
      case STRING ->
          new ModelValue.Text(
              new String(input.readString("a text", MAX_TEXT), StandardCharsets.UTF_8));
      case ARRAY -> new ModelValue.Items(readItems(1));
      case BOOL -> new ModelValue.Flag(readFlag());
      case FLOAT32, FLOAT64 -> new ModelValue.Real(readReal(type));
      default -> new ModelValue.Whole(readWhole(type));
    };
  }

  private List<ModelValue> readItems(int depth) throws IOException {
    ArrayHeader header = readHeader(depth);
    itemsLeft -= header.count;
    if (itemsLeft < 0) {
      throw input.damaged("has nested arrays of more than " + MAX_ELEMENTS + " elements");
    }
    List<ModelValue> items = new ArrayList<>();
    for (int i = 0; i < header.count; i++) {
      items.add(
          header.type == ValueType.ARRAY
              ? new ModelValue.Items(readItems(depth + 1))
              : readValue(header.type));
    }
    return items;
  }

  private boolean readFlag() throws IOException {
    int value = input.readByte();
    if (value != 0 && value != 1) {
      throw input.damaged("has a truth value of " + value + input.where());
    }
    return value == 1;
  }

  private double readReal(ValueType type) throws IOException {
    return type == ValueType.FLOAT32
        ? Float.intBitsToFloat(input.readInt())
        : Double.longBitsToDouble(input.readLong());
  }

  private long readWhole(ValueType type) throws IOException {
    return switch (type) {
      case UINT8 -> input.readByte() & 0xFF;
      case INT8 -> input.readByte();
      case UINT16 -> input.readShort() & 0xFFFF;
      case INT16 -> input.readShort();
      case UINT32 -> input.readInt() & 0xFFFF_FFFFL;
      case INT32 -> input.readInt();
      case UINT64, INT64 -> input.readLong();
      default -> throw new AssertionError(type);
    };
  }

  /** Reads an array of texts into one block of memory. */
  StringTable readTexts(String key, Entry entry) throws IOException {
    ArrayHeader header = openArray(key, entry);
    if (header.type != ValueType.STRING) {
      throw unexpected(key, "texts", header.type);
    }
    long start = input.position();
    long total = 0;
    for (int i = 0; i < header.count; i++) {
      int length = input.readLength("a text", MAX_TEXT);
      input.skip(length);
      total += length;
    }
    byte[] bytes = new byte[Math.toIntExact(total)]; // the directory's limit is less than 2 GB
    int[] ends = new int[header.count];
    input.seek(start);
    int end = 0;
    for (int i = 0; i < header.count; i++) {
      int from = end;
      end += input.readLength("a text", bytes.length - from);
      input.read(bytes, from, end);
      StringMask.remove(bytes, from, end);
      ends[i] = end;
    }
    return new StringTable(bytes, ends);
  }

  /** Reads an array of floating-point numbers. */
  float[] readFloats(String key, Entry entry) throws IOException {
    ArrayHeader header = openArray(key, entry);
    if (header.type != ValueType.FLOAT32 && header.type != ValueType.FLOAT64) {
      throw unexpected(key, "floating-point numbers", header.type);
    }
    float[] values = new float[header.count];
    for (int i = 0; i < header.count; i++) {
      values[i] = (float) readReal(header.type);
    }
    return values;
  }

  /** Reads an array of whole numbers; those beyond an int are limited to it. */
  int[] readInts(String key, Entry entry) throws IOException {
    ArrayHeader header = openArray(key, entry);
    if (!header.type.isWhole()) {
      throw unexpected(key, "whole numbers", header.type);
    }
    int[] values = new int[header.count];
    for (int i = 0; i < header.count; i++) {
      values[i] = Math.clamp(readWhole(header.type), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    return values;
  }

  /** Positions the input at the first element of an array. */
  private ArrayHeader openArray(String key, Entry entry) throws IOException {
    if (entry.type() != ValueType.ARRAY) {
      throw unexpected(key, "an array", entry.type());
    }
    input.seek(entry.offset());
    return readHeader(1);
  }

  private ModelFileException unexpected(String key, String expected, ValueType type) {
    return input.damaged("should have " + expected + " in '" + key + "', but has " + type);
  }

  private record ArrayHeader(ValueType type, int count) {}
}
