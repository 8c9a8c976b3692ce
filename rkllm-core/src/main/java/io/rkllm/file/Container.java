package io.rkllm.file;

import io.rkllm.file.ModelFileException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a model file. Also recognizes files of other kinds.
 *
 * @param tensors the number of tensors in the directory
 * @param entries the number of entries that precede them
 */
record Container(long tensors, long entries) {
  private static final String MAGIC = "GGUF";
  private static final int VERSION = 3;

  private static final int HEAD_SIZE = 64;
  private static final int END_SIZE = 256;
  private static final Pattern TOOLKIT =
      Pattern.compile("rkllm-toolkit version:\\s*([0-9A-Za-z.+_-]{1,32})");

  /** Reads the beginning and positions the input at the first entry. */
  static Container open(Path file, FileInput input) throws IOException {
    byte[] head = new byte[(int) Math.min(HEAD_SIZE, input.size())];
    input.read(head, 0, head.length);
    byte[] magic = Arrays.copyOf(head, Math.min(MAGIC.length(), head.length));
    StringMask.remove(magic, 0, magic.length);
    if (!MAGIC.equals(latin1(magic))) {
      throw stranger(file, latin1(head), toolkitAtEnd(input));
    }
    input.seek(MAGIC.length());
    int version = input.readInt();
    if (version != VERSION) {
      throw new ModelFileException(
          Kind.UNKNOWN_CONTAINER,
          file,
          "is a model file of version "
              + Integer.toUnsignedString(version)
              + ", of which nothing is known; only version 3 can be read",
          null);
    }
    return new Container(input.readLong(), input.readLong());
  }

  /**
   * Returns the release of the toolkit, which is stored as plain text at the end of a file, or
   * null.
   */
  static @Nullable String toolkitAtEnd(FileInput input) throws IOException {
    Matcher matcher = TOOLKIT.matcher(latin1(input.readEnd(END_SIZE)));
    return matcher.find() ? matcher.group(1) : null;
  }

  private static ModelFileException stranger(Path file, String head, @Nullable String toolkit) {
    if (head.replaceFirst("^\u00EF\u00BB\u00BF", "").startsWith("RKLLM-SIMULATOR-MODEL")) {
      return new ModelFileException(
          Kind.SIMULATOR, file, "is a model of the simulator, whose facts are in its text", null);
    }
    if (head.startsWith(MAGIC)) {
      return new ModelFileException(
          Kind.GGUF,
          file,
          "is a GGUF file, for llama.cpp; the runtime needs a .rkllm file, which the RKLLM toolkit"
              + " makes of it",
          null);
    }
    if (toolkit != null) {
      return new ModelFileException(
          Kind.UNKNOWN_CONTAINER,
          file,
          "was written by RKLLM toolkit " + toolkit + ", but in a form that is not known",
          null);
    }
    return new ModelFileException(Kind.OTHER, file, "is not a model file" + whatItIs(head), null);
  }

  private static String whatItIs(String head) {
    if (head.isEmpty()) {
      return ": it is empty; copy or download it again";
    }
    if (head.startsWith("RKNN")) {
      return " of the runtime, but an encoder for librknnrt";
    }
    if (head.startsWith("version https://git-lfs")) {
      return ", but a pointer of Git LFS to one; download the file itself, with git lfs pull";
    }
    if (head.stripLeading().startsWith("<")) {
      return ", but seems to be a web page; download the file itself";
    }
    return ": it begins with none of the bytes that such files begin with";
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
