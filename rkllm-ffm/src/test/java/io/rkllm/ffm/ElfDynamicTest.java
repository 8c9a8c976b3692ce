package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.NativeLibraryException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables at the limits of what a linker writes, in libraries that consist of nothing else. */
class ElfDynamicTest {
  private static final int STT_FUNC = 2;
  private static final int DYNAMIC = 64 + 2 * 56;
  private static final long ADDRESS = 0x10000;

  @TempDir Path folder;

  private byte[] header;
  private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
  private final List<Integer> functions = new ArrayList<>();
  private final List<Integer> needed = new ArrayList<>();
  private int stringsMoved;

  @BeforeEach
  void readHeader() throws IOException {
    header = Arrays.copyOf(Files.readAllBytes(Simulator.stub("no-version")), 64);
    strings.write(0);
  }

  /** Adds a string, and returns its offset. */
  private int string(String text) {
    int offset = strings.size();
    strings.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    strings.write(0);
    return offset;
  }

  private void addFunctions(int count) {
    for (int i = 0; i < count; i++) {
      functions.add(string("rkllm_" + i));
    }
  }

  /** Returns a table of the GNU style in which the symbols from the given one on are hashed. */
  private byte[] gnuHash(int firstHashed) {
    int hashed = functions.size() - firstHashed;
    ByteBuffer table = ints(5 + hashed);
    table.putInt(1).putInt(firstHashed).putInt(0).putInt(0);
    table.putInt(hashed == 0 ? 0 : firstHashed); // the only bucket
    for (int i = 0; i < hashed; i++) {
      table.putInt(i == hashed - 1 ? 1 : 2);
    }
    return table.array();
  }

  private byte[] sysvHash() {
    return ints(2).putInt(1).putInt(functions.size()).array();
  }

  private static ByteBuffer ints(int count) {
    return ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  private ElfFile read(long hashTag, byte[] hash) throws IOException {
    int entries = needed.size() + 5;
    int symbolsAt = DYNAMIC + entries * 16;
    int hashAt = symbolsAt + functions.size() * 24;
    int stringsAt = hashAt + hash.length;
    int size = stringsAt + strings.size();
    ByteBuffer file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    file.put(header).putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 2);
    segment(file, 1, 0, size); // PT_LOAD
    segment(file, 2, DYNAMIC, entries * 16); // PT_DYNAMIC
    needed.forEach(name -> file.putLong(1).putLong(name));
    file.putLong(5).putLong(ADDRESS + stringsAt + stringsMoved);
    file.putLong(6).putLong(ADDRESS + symbolsAt);
    file.putLong(10).putLong(strings.size());
    file.putLong(hashTag).putLong(ADDRESS + hashAt);
    file.putLong(0).putLong(0);
    for (int name : functions) {
      file.putInt(name).put((byte) STT_FUNC).put((byte) 0).putShort((short) 1);
      file.putLong(0).putLong(0);
    }
    file.put(hash).put(strings.toByteArray());
    Path library = folder.resolve("librkllmrt.so");
    Files.write(library, file.array());
    return ElfFile.read(library);
  }

  /** Writes a program header. In memory, a segment is larger than in the file. */
  private static void segment(ByteBuffer file, int type, long offset, long size) {
    file.putInt(type).putInt(0).putLong(offset).putLong(ADDRESS + offset).putLong(0);
    file.putLong(size).putLong(size + (1L << 40)).putLong(8);
  }

  private ElfFile readSysv() throws IOException {
    return read(4, sysvHash());
  }

  @Test
  void gnuHash_chainOfSeveralPieces_isReadToItsEnd() throws IOException {
    addFunctions(3000);
    assertThat(read(0x6ffffef5L, gnuHash(1)).functions()).hasSize(3000);
  }

  @Test
  void gnuHash_chainWithoutEnd_isRefused() {
    addFunctions(3);
    byte[] hash = gnuHash(0);
    hash[hash.length - 4] = 2;
    strings.reset(); // what follows must not be taken for the end
    strings.write(0);
    assertThatThrownBy(() -> read(0x6ffffef5L, hash))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining("the last hash chain is not terminated");
  }

  @Test
  void gnuHash_withoutHashedSymbols_hasThoseBefore() throws IOException {
    addFunctions(3);
    assertThat(read(0x6ffffef5L, gnuHash(3)).functions())
        .containsExactly("rkllm_0", "rkllm_1", "rkllm_2");
  }

  @Test
  void functionsNeededAndNames_areLimited() throws IOException {
    addFunctions(4100);
    for (int i = 0; i < 260; i++) {
      needed.add(string("lib" + i + ".so"));
    }
    ElfFile elf = readSysv();
    assertThat(elf.functions()).hasSize(4096);
    assertThat(elf.needed()).hasSize(256).startsWith("lib0.so").endsWith("lib255.so");
  }

  @Test
  void longName_isCut() throws IOException {
    functions.add(string("rkllm_" + "x".repeat(300)));
    assertThat(readSysv().functions())
        .singleElement()
        .satisfies(name -> assertThat(name).hasSize(256));
  }

  @Test
  void nameThatEndsWithTheTable_isRead() throws IOException {
    functions.add(strings.size());
    strings.writeBytes("rkllm_".getBytes(StandardCharsets.US_ASCII));
    assertThat(readSysv().functions()).containsExactly("rkllm_");
  }

  @Test
  void nameBehindTheTable_isRefused() {
    needed.add(strings.size());
    assertThatThrownBy(this::readSysv).hasMessageContaining("a name is outside the string table");
  }

  @Test
  void tableBehindItsSegment_isRefused() {
    stringsMoved = strings.size();
    assertThatThrownBy(this::readSysv)
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContainingAll("the string table is at address", "which is not in the file");
  }
}
