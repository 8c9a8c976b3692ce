package io.rkllm.ffm;

import io.rkllm.ffm.FileBytes.MalformedFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The dynamic section of a 64-bit little-endian ELF file, which contains its symbols and the
 * libraries it needs. It is found through the program headers, as the loader does, because section
 * headers may be stripped. Every offset, size and count is validated against the file. The file is
 * used only while it is open.
 */
final class ElfDynamic {
  private static final int PROGRAM_HEADER = 56;
  private static final int PT_LOAD = 1;
  private static final int PT_DYNAMIC = 2;
  private static final int DT_NULL = 0;
  private static final int DT_NEEDED = 1;
  private static final int DT_HASH = 4;
  private static final int DT_STRTAB = 5;
  private static final int DT_SYMTAB = 6;
  private static final int DT_STRSZ = 10;
  private static final int DT_GNU_HASH = 0x6ffffef5;
  private static final int SYMBOL = 24;
  private static final int STT_FUNC = 2;
  private static final int STT_GNU_IFUNC = 10;
  private static final int MAX_NEEDED = 256;
  private static final int MAX_NAME = 256;
  private static final int MAX_FUNCTIONS = 4096;

  private final FileBytes file;
  private final List<Segment> segments = new ArrayList<>();
  private final List<Long> neededNames = new ArrayList<>();
  private long hash = -1;
  private long gnuHash = -1;
  private long symbols = -1;
  private long stringsAddress = -1;
  private long stringsSize = -1;
  private final ByteBuffer strings;

  /** A part of the file and its load address. */
  private record Segment(long offset, long address, long size) {}

  private ElfDynamic(FileBytes file) throws IOException {
    this.file = file;
    readEntries(readSegments());
    if (stringsAddress == -1) {
      throw new MalformedFileException("the dynamic section has no string table");
    }
    strings =
        file.read(offsetOf(stringsAddress, "the string table"), stringsSize, "the string table");
  }

  /** Reads the dynamic section of an open file whose ELF header has been checked. */
  static ElfDynamic read(FileBytes file) throws IOException {
    return new ElfDynamic(file);
  }

  /** Returns the names of the libraries that this one needs. */
  List<String> needed() throws IOException {
    List<String> names = new ArrayList<>();
    for (long at : neededNames) {
      names.add(string(at));
    }
    return names;
  }

  /** Returns the functions defined by the library whose names begin with the prefix. */
  Set<String> functions(String prefix) throws IOException {
    Set<String> names = new TreeSet<>();
    if (symbols == -1) {
      return names;
    }
    long count = symbolCount();
    ByteBuffer table =
        file.read(offsetOf(symbols, "the symbol table"), count * SYMBOL, "the symbol table");
    byte[] start = prefix.getBytes(StandardCharsets.US_ASCII);
    for (int at = 0; at < table.limit(); at += SYMBOL) {
      int type = table.get(at + 4) & 0xf;
      boolean defined = table.getShort(at + 6) != 0;
      long name = Integer.toUnsignedLong(table.getInt(at));
      if (names.size() < MAX_FUNCTIONS
          && defined
          && (type == STT_FUNC || type == STT_GNU_IFUNC)
          && stringStartsWith(name, start)) {
        names.add(string(name));
      }
    }
    return names;
  }

  /** Reads the loaded segments and returns the dynamic one. */
  private Segment readSegments() throws IOException {
    ByteBuffer header = file.read(0, 64, "the ELF header");
    int count = Short.toUnsignedInt(header.getShort(56));
    if (Short.toUnsignedInt(header.getShort(54)) != PROGRAM_HEADER) {
      throw new MalformedFileException("program headers of " + header.getShort(54) + " bytes");
    }
    ByteBuffer table =
        file.read(header.getLong(32), (long) count * PROGRAM_HEADER, "the program headers");
    Segment dynamic = null;
    for (int at = 0; at < table.limit(); at += PROGRAM_HEADER) {
      Segment segment =
          new Segment(table.getLong(at + 8), table.getLong(at + 16), table.getLong(at + 32));
      switch (table.getInt(at)) {
        case PT_LOAD -> segments.add(requireInFile(segment));
        case PT_DYNAMIC -> dynamic = segment;
        default -> {}
      }
    }
    if (dynamic == null) {
      throw new MalformedFileException("there is no dynamic section");
    }
    return dynamic;
  }

  /**
   * Checks that a segment is inside the file. The loader would map a missing part, but accessing it
   * raises a signal.
   */
  private Segment requireInFile(Segment segment) throws IOException {
    boolean inside =
        segment.offset() >= 0
            && segment.size() >= 0
            && segment.offset() <= file.size() - segment.size();
    if (!inside) {
      throw new MalformedFileException(
          "a segment ends at byte %s, but the file has %d bytes"
              .formatted(Long.toUnsignedString(segment.offset() + segment.size()), file.size()));
    }
    return segment;
  }

  private void readEntries(Segment dynamic) throws IOException {
    ByteBuffer entries = file.read(dynamic.offset(), dynamic.size(), "the dynamic section");
    while (entries.remaining() >= 16) {
      long tag = entries.getLong();
      long value = entries.getLong();
      if (tag == DT_NULL) {
        return;
      } else if (tag == DT_NEEDED && neededNames.size() < MAX_NEEDED) {
        neededNames.add(value);
      } else if (tag == DT_HASH) {
        hash = value;
      } else if (tag == DT_GNU_HASH) {
        gnuHash = value;
      } else if (tag == DT_SYMTAB) {
        symbols = value;
      } else if (tag == DT_STRTAB) {
        stringsAddress = value;
      } else if (tag == DT_STRSZ) {
        stringsSize = value;
      }
    }
  }

  /** Returns the number of symbols, which only the hash tables contain. */
  private long symbolCount() throws IOException {
    if (hash != -1) {
      ByteBuffer head = file.read(offsetOf(hash, "the hash table"), 8, "the hash table");
      return Integer.toUnsignedLong(head.getInt(4));
    }
    if (gnuHash == -1) {
      throw new MalformedFileException("there is no hash table of symbols");
    }
    long at = offsetOf(gnuHash, "the hash table");
    ByteBuffer head = file.read(at, 16, "the hash table");
    long bucketCount = Integer.toUnsignedLong(head.getInt(0));
    long firstHashed = Integer.toUnsignedLong(head.getInt(4));
    long bloomWords = Integer.toUnsignedLong(head.getInt(8));
    long bucketsAt = at + 16 + bloomWords * 8;
    ByteBuffer buckets = file.read(bucketsAt, bucketCount * 4, "the hash buckets");
    long last = 0;
    while (buckets.hasRemaining()) {
      last = Math.max(last, Integer.toUnsignedLong(buckets.getInt()));
    }
    if (last < firstHashed) {
      return firstHashed;
    }
    return endOfChain(bucketsAt + bucketCount * 4 + (last - firstHashed) * 4, last);
  }

  /**
   * Returns the end of a chain. The last chain ends with an odd entry, which belongs to the last
   * symbol.
   */
  private long endOfChain(long chainAt, long firstSymbol) throws IOException {
    long symbol = firstSymbol;
    for (long at = chainAt; ; ) {
      long piece = Math.min(4096, (file.size() - at) & ~3L);
      if (piece <= 0) {
        throw new MalformedFileException("the last hash chain is not terminated");
      }
      ByteBuffer chain = file.read(at, piece, "the hash chain");
      while (chain.hasRemaining()) {
        symbol++;
        if ((chain.getInt() & 1) != 0) {
          return symbol;
        }
      }
      at += piece;
    }
  }

  private long offsetOf(long address, String what) throws IOException {
    for (Segment segment : segments) {
      long within = address - segment.address();
      if (within >= 0 && within < segment.size()) {
        return segment.offset() + within;
      }
    }
    throw new MalformedFileException(
        what + " is at address 0x" + Long.toHexString(address) + ", which is not in the file");
  }

  private boolean stringStartsWith(long at, byte[] start) {
    if (at > strings.limit() - start.length) {
      return false;
    }
    for (int i = 0; i < start.length; i++) {
      if (strings.get((int) at + i) != start[i]) {
        return false;
      }
    }
    return true;
  }

  private String string(long at) throws IOException {
    if (at < 0 || at >= strings.limit()) {
      throw new MalformedFileException("a name is outside the string table");
    }
    int end = (int) at;
    while (end < strings.limit() && strings.get(end) != 0 && end - at < MAX_NAME) {
      end++;
    }
    byte[] name = new byte[end - (int) at];
    strings.get((int) at, name);
    return new String(name, StandardCharsets.UTF_8);
  }
}
