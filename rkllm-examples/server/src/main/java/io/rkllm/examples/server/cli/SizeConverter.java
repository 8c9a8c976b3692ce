package io.rkllm.examples.server.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts sizes such as {@code 4M}, {@code 512k} and {@code 1000000} to bytes. */
final class SizeConverter implements ITypeConverter<Integer> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,10})([km]?)b?");

  @Override
  public Integer convert(String text) {
    Matcher form = FORM.matcher(text.toLowerCase(Locale.ROOT));
    if (form.matches()) {
      int shift =
          switch (form.group(2)) {
            case "k" -> 10;
            case "m" -> 20;
            default -> 0;
          };
      long bytes = Long.parseLong(form.group(1)) << shift;
      if (bytes > 0 && bytes <= Integer.MAX_VALUE) {
        return (int) bytes;
      }
    }
    throw new TypeConversionException(
        "'" + text + "' is not a size; write it as 4M, 512k or 65536");
  }
}
