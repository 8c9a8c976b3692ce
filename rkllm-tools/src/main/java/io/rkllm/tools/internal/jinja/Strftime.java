package io.rkllm.tools.internal.jinja;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** Python's formats of dates, in English. */
final class Strftime {
  private static final Map<Character, String> PATTERNS =
      Map.ofEntries(
          Map.entry('Y', "yyyy"),
          Map.entry('y', "yy"),
          Map.entry('m', "MM"),
          Map.entry('d', "dd"),
          Map.entry('b', "MMM"),
          Map.entry('B', "MMMM"),
          Map.entry('a', "EEE"),
          Map.entry('A', "EEEE"),
          Map.entry('H', "HH"),
          Map.entry('I', "hh"),
          Map.entry('M', "mm"),
          Map.entry('S', "ss"),
          Map.entry('p', "a"),
          Map.entry('j', "DDD"),
          Map.entry('z', "xx"),
          Map.entry('Z', "zzz"),
          Map.entry('F', "yyyy-MM-dd"),
          Map.entry('T', "HH:mm:ss"));

  private Strftime() {}

  static String format(ZonedDateTime time, String format) {
    Budget.objects(format.length()); // a part may be a formatter and a long name
    StringBuilder written = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        written.append(c);
        continue;
      }
      boolean unpadded = format.charAt(i + 1) == '-' && i + 2 < format.length();
      i += unpadded ? 2 : 1;
      String part = part(time, format.charAt(i));
      written.append(unpadded ? part.replaceFirst("^0+(?=\\d)", "") : part);
    }
    return written.toString();
  }

  private static String part(ZonedDateTime time, char letter) {
    if (letter == '%') {
      return "%";
    }
    String pattern = PATTERNS.get(letter);
    if (pattern == null) {
      throw new JinjaException("strftime_now does not know %" + letter);
    }
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
  }
}
