package io.rkllm.examples.server.store;

import java.util.regex.Pattern;

/** Names of models, which are names of folders: they never lead out of the store. */
public final class ModelName {
  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");
  private static final String LATEST = ":latest";

  private ModelName() {}

  /** Whether a model can be called this. */
  public static boolean isValid(String name) {
    return VALID.matcher(name).matches();
  }

  /**
   * The name itself.
   *
   * @throws IllegalArgumentException if a model cannot be called this
   */
  public static String check(String name) {
    if (!isValid(name)) {
      throw new IllegalArgumentException(
          "the name of a model must be 1 to 128 letters, digits and . _ : -, and begin with a"
              + " letter or digit");
    }
    return name;
  }

  /** The name without what clients of other servers put behind it. */
  public static String plain(String name) {
    String plain = name;
    while (plain.endsWith(LATEST)) {
      plain = plain.substring(0, plain.length() - LATEST.length());
    }
    return plain;
  }
}
