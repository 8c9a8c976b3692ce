package io.rkllm.ffm;

import io.rkllm.NativeLibraryException;
import io.rkllm.ffm.FileBytes.MalformedFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The properties of a shared library, read from its file before any of its code is executed.
 * Immutable; the file is closed when {@link #read} returns.
 *
 * @param path the file
 * @param size the size in bytes
 * @param machine the {@code e_machine} field
 * @param functions the exported functions whose names begin with {@code rkllm_}
 * @param needed the required libraries ({@code DT_NEEDED})
 * @param version the version line, or null if there is none
 */
record ElfFile(
    Path path,
    long size,
    int machine,
    Set<String> functions,
    List<String> needed,
    @Nullable VersionText version) {
  private static final int HEADER = 64;
  private static final int MAGIC = 0x464c457f;
  private static final int CLASS_64 = 2;
  private static final int LITTLE_ENDIAN = 1;
  private static final int SHARED_OBJECT = 3;

  /** The runtime has about 7 to 20 MB. */
  private static final long MAX_SIZE = 512L << 20;

  /**
   * Reads and validates a library file.
   *
   * @throws NativeLibraryException if it is not a shared library that this JVM can open
   */
  static ElfFile read(Path path) {
    if (Files.isDirectory(path)) {
      throw refused(path, "it is a directory", "specify the file librkllmrt.so itself", null);
    }
    if (!Files.isRegularFile(path)) {
      String finding = Files.exists(path) ? "it is not a regular file" : "there is no such file";
      throw refused(path, finding, "specify the file librkllmrt.so itself", null);
    }
    try (FileBytes file = new FileBytes(path)) {
      int machine = checkHeader(path, file);
      ElfDynamic dynamic = ElfDynamic.read(file);
      return new ElfFile(
          path,
          file.size(),
          machine,
          dynamic.functions("rkllm_"),
          dynamic.needed(),
          VersionText.find(file));
    } catch (MalformedFileException e) {
      throw refused(
          path,
          "it is damaged or incomplete: " + e.getMessage(),
          "copy the file again and compare its size",
          e);
    } catch (IOException e) {
      throw refused(
          path, "it cannot be read: " + e, "check the permissions of the file and its folders", e);
    }
  }

  private static int checkHeader(Path path, FileBytes file) throws IOException {
    if (file.size() < 4 || file.read(0, 4, "the ELF magic").getInt() != MAGIC) {
      String finding =
          file.size() == 0 ? "it is empty" : "it is not a shared library (no ELF magic)";
      throw refused(path, finding, remedy(), null);
    }
    if (file.size() > MAX_SIZE) {
      throw refused(path, "it has " + file.size() + " bytes, far too many", remedy(), null);
    }
    ByteBuffer header = file.read(0, HEADER, "the ELF header");
    int bits = header.get(4);
    if (header.get(5) != LITTLE_ENDIAN) {
      throw refused(path, "it is a big-endian library", remedy(), null);
    }
    int machine = Short.toUnsignedInt(header.getShort(18));
    Machine own = Machine.ofThisJvm();
    if (bits != CLASS_64 || (own != null && machine != own.number())) {
      throw refused(
          path,
          "it is built for "
              + Machine.labelOf(machine)
              + (bits == CLASS_64 ? "" : ", not 64-bit")
              + ", but this JVM runs on "
              + System.getProperty("os.arch"),
          remedy(),
          null);
    }
    if (header.getShort(16) != SHARED_OBJECT) {
      throw refused(path, "it is an ELF file but not a shared library", remedy(), null);
    }
    return machine;
  }

  private static String remedy() {
    Machine own = Machine.ofThisJvm();
    return "install the librkllmrt.so of runtime release 1.2.1 to 1.2.3 or 1.3.x that is built for "
        + (own == null ? System.getProperty("os.arch") : own.label());
  }

  private static NativeLibraryException refused(
      Path path, String finding, String remedy, @Nullable Throwable cause) {
    return new NativeLibraryException(
        path + " cannot be used: " + finding + ". To fix this: " + remedy + ".", path, cause);
  }
}
