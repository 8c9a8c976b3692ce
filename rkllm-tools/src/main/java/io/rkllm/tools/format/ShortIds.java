package io.rkllm.tools.format;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;

/** Ids of nine letters and digits, as Mistral requires for tool calls. */
final class ShortIds {
  private static final int LENGTH = 9;
  private static final Pattern SHORT = Pattern.compile("[a-zA-Z0-9]{" + LENGTH + "}");
  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private ShortIds() {}

  /**
   * Returns the id if it has that form, or otherwise an id that is derived from it
   * deterministically.
   */
  static String of(String id) {
    if (SHORT.matcher(id).matches()) {
      return id;
    }
    byte[] hash = sha256(id.getBytes(StandardCharsets.UTF_8));
    StringBuilder made = new StringBuilder();
    for (int i = 0; i < LENGTH; i++) {
      made.append(DIGITS.charAt((hash[i] & 0xff) % DIGITS.length()));
    }
    return made.toString();
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has it", e);
    }
  }
}
