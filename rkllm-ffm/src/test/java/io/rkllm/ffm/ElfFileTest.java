package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.rkllm.NativeLibraryException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ElfFileTest {
  private static final long DT_HASH = 4;
  private static final long DT_STRTAB = 5;
  private static final long DT_SYMTAB = 6;
  private static final long DT_GNU_HASH = 0x6ffffef5;

  @TempDir Path folder;

  private byte[] good = new byte[0];

  @BeforeEach
  void readGoodLibrary() throws IOException {
    good = Files.readAllBytes(Simulator.stub("no-version"));
  }

  private Path file(byte[] bytes) throws IOException {
    Path file = folder.resolve("librkllmrt.so");
    Files.write(file, bytes);
    return file;
  }

  private void assertRefused(byte[] bytes, String words) throws IOException {
    Path file = file(bytes);
    assertThatThrownBy(() -> ElfFile.read(file))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(words)
        .hasMessageContaining("To fix this: ");
  }

  @ParameterizedTest
  @EnumSource
  void simulator_isReadWhole(Simulator simulator) {
    ElfFile elf = ElfFile.read(simulator.library());

    assertThat(elf.functions()).containsExactlyInAnyOrderElementsOf(NativeLibrary.FUNCTIONS);
    assertThat(elf.needed()).contains("libc.so.6");
    assertThat(elf.version()).isNotNull();
    assertThat(elf.version().release()).isEqualTo(simulator.release);
    assertThat(elf.version().simulator()).isTrue();
    assertThat(elf.size()).isEqualTo(simulator.library().toFile().length());
  }

  /** Linkers write one hash table of the symbols, the other, or both. */
  @ParameterizedTest
  @ValueSource(strings = {"gnu", "sysv", "both"})
  void hashTableOfEachStyle_givesAllFunctionsAndNothingElse(String style) throws IOException {
    Path library = Simulator.stub("hash-" + style);
    Set<String> functions = new TreeSet<>(NativeLibrary.FUNCTIONS);
    functions.add("rkllm_chosen");

    assertThat(ElfFile.read(library).functions())
        .containsExactlyInAnyOrderElementsOf(functions)
        .doesNotContain("rkllm_data", "rkllm_not_there");
    assertThat(hashTables(Files.readAllBytes(library)))
        .isEqualTo(
            switch (style) {
              case "gnu" -> List.of(DT_GNU_HASH);
              case "sysv" -> List.of(DT_HASH);
              default -> List.of(DT_HASH, DT_GNU_HASH);
            });
  }

  /** A function that a library only imports has the same type and name as one that it defines. */
  @Test
  void functionThatIsNotDefined_isLeftOut() throws IOException {
    byte[] bytes = Files.readAllBytes(Simulator.stub("hash-sysv"));
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int symbol = (int) buffer.getLong(entry(bytes, DT_SYMTAB) + 8); // its address is its offset
    int names = (int) buffer.getLong(entry(bytes, DT_STRTAB) + 8);
    byte[] chosen = "rkllm_chosen".getBytes(StandardCharsets.US_ASCII);
    while (buffer
            .slice(names + buffer.getInt(symbol), chosen.length)
            .mismatch(ByteBuffer.wrap(chosen))
        >= 0) {
      symbol += 24;
    }
    buffer.putShort(symbol + 6, (short) 0); // the section, which an imported symbol does not have

    assertThat(ElfFile.read(file(bytes)).functions())
        .contains("rkllm_run")
        .doesNotContain("rkllm_chosen");
  }

  /** The number of symbols is unknown without a table. */
  @Test
  void noHashTable_isRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(Simulator.stub("hash-sysv"));
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(entry(bytes, DT_HASH), 0x6fff_0000L);
    assertRefused(bytes, "there is no hash table of symbols");
  }

  /** The count in the SysV table is used, unless it extends beyond the file. */
  @Test
  void sysvTable_withMoreSymbolsThanTheFileHolds_isRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(Simulator.stub("hash-sysv"));
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int table =
        (int)
            buffer.getLong(entry(bytes, DT_HASH) + 8); // its address equals its offset in the file
    buffer.putInt(table + 4, -1);
    assertRefused(bytes, "damaged or incomplete");
  }

  private static List<Long> hashTables(byte[] library) {
    return LongStream.of(DT_HASH, DT_GNU_HASH)
        .boxed()
        .filter(tag -> entry(library, tag) > 0)
        .toList();
  }

  /**
   * Returns the position of the entry with this tag in the dynamic section, or 0 if there is none.
   */
  private static int entry(byte[] library, long tag) {
    ByteBuffer buffer = ByteBuffer.wrap(library).order(ByteOrder.LITTLE_ENDIAN);
    int headers = (int) buffer.getLong(32);
    for (int header = headers; ; header += 56) {
      if (buffer.getInt(header) == 2) {
        int at = (int) buffer.getLong(header + 8);
        while (buffer.getLong(at) != 0) {
          if (buffer.getLong(at) == tag) {
            return at;
          }
          at += 16;
        }
        return 0;
      }
    }
  }

  @Test
  void missingDependency_isAmongNeeded() {
    assertThat(ElfFile.read(Simulator.stub("missing-dependency")).needed())
        .contains("librknn_not_there.so");
  }

  @Test
  void versionLine_isFoundAcrossChunksOfTheFile() throws IOException {
    for (int at : new int[] {65300, 65400, 65500, 65535, 65536, 131000}) {
      byte[] padded = Arrays.copyOf(good, 200_000);
      byte[] line =
          "RKLLM SDK (version: 1.2.1b1 | target: Linux | build: x)"
              .getBytes(StandardCharsets.UTF_8);
      System.arraycopy(line, 0, padded, at, line.length);

      VersionText version = ElfFile.read(file(padded)).version();

      assertThat(version).as("at %d", at).isNotNull();
      assertThat(version.release()).isEqualTo("1.2.1b1");
      assertThat(version.simulator()).isFalse();
    }
  }

  @Test
  void versionLineOfOldReleases_isFoundUnlessThereIsANewerOne() throws IOException {
    byte[] padded = Arrays.copyOf(good, good.length + 1000);
    byte[] old = "rknn llm lib version: 1.0.1 (abc)".getBytes(StandardCharsets.UTF_8);
    System.arraycopy(old, 0, padded, good.length + 10, old.length);
    assertThat(ElfFile.read(file(padded)).version().release()).isEqualTo("1.0.1");

    byte[] format = "RKLLM SDK (version: %s)".getBytes(StandardCharsets.UTF_8);
    System.arraycopy(format, 0, padded, good.length + 200, format.length);
    assertThat(ElfFile.read(file(padded)).version().release()).isEqualTo("1.0.1");

    byte[] line = "RKLLM SDK (version: 1.1.4 | x)".getBytes(StandardCharsets.UTF_8);
    System.arraycopy(line, 0, padded, good.length + 500, line.length);
    assertThat(ElfFile.read(file(padded)).version().release()).isEqualTo("1.1.4");
  }

  @Test
  @Tag("not-emulated")
  void everyTruncation_isRefusedOrReadWithoutHarm() throws IOException {
    Path file = folder.resolve("librkllmrt.so");
    int refused = 0;
    for (int length = 0; length < good.length; length += length < 1024 ? 1 : 61) {
      Files.write(file, Arrays.copyOf(good, length));
      try {
        ElfFile.read(file);
      } catch (NativeLibraryException e) {
        refused++;
        assertThat(e).hasMessageContaining(file.toString()).hasMessageContaining("To fix this");
      }
    }
    // Section headers at the end are not needed; everything else is.
    assertThat(refused).isGreaterThan(1024);
    assertRefused(Arrays.copyOf(good, good.length / 4), "damaged or incomplete");
  }

  @Test
  void emptyFile_isRefused() throws IOException {
    assertRefused(new byte[0], "it is empty");
  }

  @Test
  void textFile_isRefused() throws IOException {
    assertRefused(
        "#!/bin/sh\necho no library\n".getBytes(StandardCharsets.UTF_8), "not a shared library");
  }

  @Test
  void threeBytes_areRefused() throws IOException {
    assertRefused(Arrays.copyOf(good, 3), "not a shared library");
  }

  @Test
  void directory_isRefused() {
    assertThatThrownBy(() -> ElfFile.read(folder))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining("it is a directory");
  }

  @Test
  void missingFile_isRefused() {
    assertThatThrownBy(() -> ElfFile.read(folder.resolve("nothing.so")))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining("there is no such file");
  }

  @Test
  void deviceFile_isRefused() {
    assertThatThrownBy(() -> ElfFile.read(Path.of("/dev/zero")))
        .isInstanceOf(NativeLibraryException.class)
        .hasMessageContaining("it is not a regular file");
  }

  @Test
  void otherArchitecture_isRefusedByName() throws IOException {
    Machine other = Machine.ofThisJvm() == Machine.AARCH64 ? Machine.X86_64 : Machine.AARCH64;
    ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).putShort(18, (short) other.number());
    assertRefused(good, "it is built for " + other.label());
  }

  @Test
  void bits32_areRefused() throws IOException {
    good[4] = 1;
    ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).putShort(18, (short) 40);
    assertRefused(good, "32-bit ARM (armhf), not 64-bit");
  }

  @Test
  void bigEndian_isRefused() throws IOException {
    good[5] = 2;
    assertRefused(good, "big-endian");
  }

  @Test
  void program_isRefused() throws IOException {
    good[16] = 2;
    assertRefused(good, "not a shared library");
  }

  @Test
  void hugeSparseFile_isRefusedQuickly() throws IOException {
    Path file = file(good);
    try (var channel =
        java.nio.channels.FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), 4L << 30);
    }
    assertTimeout(
        Duration.ofSeconds(5),
        () ->
            assertThatThrownBy(() -> ElfFile.read(file))
                .isInstanceOf(NativeLibraryException.class)
                .hasMessageContaining("far too many"));
  }

  @Test
  void randomDamage_isRefusedOrReadWithoutHarm() throws IOException {
    damage(new Random(42), Scale.of(3000));
  }

  @Test
  @Tag("soak")
  void randomDamage_forLong_isRefusedOrReadWithoutHarm() throws IOException {
    damage(new Random(), Scale.of(200_000));
  }

  /** Damages mainly the headers and tables, which contain the offsets. */
  private void damage(Random random, int times) throws IOException {
    Path file = folder.resolve("librkllmrt.so");
    int tables = Math.min(good.length, 0x1000);
    int refused = 0;
    for (int i = 0; i < times; i++) {
      byte[] bytes = good.clone();
      for (int n = random.nextInt(8); n >= 0; n--) {
        int at = random.nextInt(random.nextBoolean() ? tables : bytes.length);
        if (random.nextInt(4) == 0) {
          long wild = random.nextBoolean() ? random.nextLong() : -1L >>> random.nextInt(64);
          ByteBuffer.wrap(bytes)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(Math.min(at & ~7, bytes.length - 8), wild);
        } else {
          bytes[at] = (byte) random.nextInt();
        }
      }
      Files.write(file, bytes);
      long start = System.nanoTime();
      try {
        ElfFile.read(file);
      } catch (NativeLibraryException e) {
        refused++;
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    }
    assertThat(refused).isPositive();
  }
}
