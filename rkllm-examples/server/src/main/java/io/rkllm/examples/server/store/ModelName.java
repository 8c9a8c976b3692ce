package io.rkllm.examples.server.store;

import java.util.regex.Pattern;

/**
 * Checks names of models. Names are also names of folders, and never refer outside of the store.
 */
public final class ModelName {
  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");
  private static final String LATEST = ":latest";

  private ModelName() {}

  /** Returns whether a name is valid. */
  public static boolean isValid(String name) {
    return VALID.matcher(name).matches();
  }

  /**
   * Returns a name if it is valid.
   *
   * @throws IllegalArgumentException if it is invalid
   */
  public static String check(String name) {
    if (!isValid(name)) {
      throw new IllegalArgumentException(
          "the name of a model must have 1 to 128 letters, digits and . _ : -, and begin with a"
              + " letter or digit");
    }
    return name;
  }

  /** Returns a name without the tag that Ollama's clients append. */
  public static String plain(String name) {
    String plain = name;
    while (plain.endsWith(LATEST)) {
      plain = plain.substring(0, plain.length() - LATEST.length());
    }
    return plain;
  }
}
