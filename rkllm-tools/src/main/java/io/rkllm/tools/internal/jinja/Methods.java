package io.rkllm.tools.internal.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Methods of Python's strings, lists, and dictionaries, except for mutating ones. */
final class Methods {
  static final Set<String> OF_MAPS = Set.of("items", "keys", "values", "get");
  private static final Set<String> OF_LISTS = Set.of("index", "count");
  private static final Set<String> OF_STRINGS =
      Set.of(
          "split",
          "rsplit",
          "splitlines",
          "strip",
          "lstrip",
          "rstrip",
          "startswith",
          "endswith",
          "replace",
          "upper",
          "lower",
          "title",
          "capitalize",
          "find",
          "rfind",
          "index",
          "count",
          "join",
          "format",
          "removeprefix",
          "removesuffix",
          "isdigit",
          "isalnum",
          "isalpha",
          "isdecimal",
          "isnumeric",
          "isupper",
          "islower",
          "isspace");

  private Methods() {}

  static boolean has(Object value, String name) {
    return switch (value) {
      case String _ -> OF_STRINGS.contains(name);
      case List<?> _ -> OF_LISTS.contains(name);
      case Map<?, ?> _ -> OF_MAPS.contains(name);
      default -> false;
    };
  }

  static Object call(Object value, String name, Arguments arguments) {
    return switch (value) {
      case String text -> ofString(text, name, arguments);
      case Map<?, ?> map -> ofMap(map, name, arguments);
      default -> ofList(Values.items(value), name, arguments);
    };
  }

  private static Object ofMap(Map<?, ?> map, String name, Arguments arguments) {
    Budget.elements(name.equals("get") ? 0 : map.size());
    return switch (name) {
      case "keys" -> new ArrayList<Object>(map.keySet());
      case "values" -> new ArrayList<Object>(map.values());
      case "get" -> {
        Object found = map.get(Values.key(arguments.get(0, "key")));
        yield found == null ? arguments.get(1, "default", None.NONE) : found;
      }
      default -> entries(map);
    };
  }

  static List<Object> entries(Map<?, ?> map) {
    Budget.objects(map.size());
    List<Object> entries = new ArrayList<>();
    map.forEach((key, value) -> entries.add(Tuple.of(key, value)));
    return entries;
  }

  private static Object ofList(List<Object> list, String name, Arguments arguments) {
    Object wanted = arguments.get(0, "value");
    long count = list.stream().filter(value -> Values.equal(value, wanted)).count();
    if (name.equals("count")) {
      return count;
    }
    for (int i = 0; i < list.size(); i++) {
      if (Values.equal(list.get(i), wanted)) {
        return (long) i;
      }
    }
    throw new JinjaException(Text.repr(wanted) + " is not in the list");
  }

  private static Object ofString(String text, String name, Arguments arguments) {
    return switch (name) {
      case "split", "rsplit" -> Strings.split(text, name.equals("rsplit"), arguments);
      case "splitlines" -> Strings.lines(text);
      case "strip" -> Strings.strip(text, arguments, true, true);
      case "lstrip" -> Strings.strip(text, arguments, true, false);
      case "rstrip" -> Strings.strip(text, arguments, false, true);
      case "startswith" -> Strings.anyOf(arguments.get(0, "prefix"), text::startsWith);
      case "endswith" -> Strings.anyOf(arguments.get(0, "suffix"), text::endsWith);
      case "replace" -> Strings.replace(text, arguments);
      case "upper" -> Strings.upper(text);
      case "lower" -> Strings.lower(text);
      case "title" -> Strings.title(text);
      case "capitalize" -> Strings.capitalize(text);
      case "find" -> Strings.find(text, arguments);
      case "rfind" -> Strings.findLast(text, arguments);
      case "index" -> Strings.index(text, arguments);
      case "count" -> Strings.count(text, arguments.text(0, "sub", ""));
      case "join" -> Strings.join(text, Values.items(arguments.get(0, "iterable")));
      case "format" -> Formatting.braces(text, arguments);
      case "removeprefix" -> {
        Budget.text(text.length());
        String prefix = arguments.text(0, "prefix", "");
        yield text.startsWith(prefix) ? text.substring(prefix.length()) : text;
      }
      case "removesuffix" -> {
        Budget.text(text.length());
        String suffix = arguments.text(0, "suffix", "");
        yield text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
      }
      default -> Strings.consistsOf(text, name);
    };
  }
}
