package io.rkllm.ffm;

import io.rkllm.RkllmModel;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Looks up the public API of the SDK by the names that the documentation uses. */
final class JavaApi {
  private static final List<String> PACKAGES = exportedPackages();

  private JavaApi() {}

  private static List<String> exportedPackages() {
    try {
      Path core =
          Path.of(RkllmModel.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return ModuleFinder.of(core)
          .find("io.rkllm.core")
          .orElseThrow()
          .descriptor()
          .exports()
          .stream()
          .map(Exports::source)
          .toList();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns whether the SDK exports a type with this simple name. */
  static boolean hasType(String name) {
    return type(name) != null;
  }

  private static Class<?> type(String name) {
    for (String each : PACKAGES) {
      try {
        Class<?> found = Class.forName(each + "." + name);
        return Modifier.isPublic(found.getModifiers()) ? found : null;
      } catch (ClassNotFoundException e) {
        // It may be in the next package.
      }
    }
    return null;
  }

  /**
   * Returns whether there is such a public type or member: {@code Type}, {@code
   * Type.Nested.member}.
   */
  static boolean exists(String name) {
    String[] parts = name.split("\\.", -1);
    Class<?> type = type(parts[0]);
    for (int i = 1; i < parts.length && type != null; i++) {
      if (i == parts.length - 1 && hasMember(type, parts[i])) {
        return true;
      }
      type = nested(type, parts[i]);
    }
    return type != null;
  }

  private static boolean hasMember(Class<?> type, String name) {
    return Stream.concat(Stream.of(type.getMethods()), Stream.of(type.getFields()))
        .anyMatch(member -> member.getName().equals(name));
  }

  private static Class<?> nested(Class<?> type, String name) {
    return Stream.of(type.getClasses())
        .filter(nested -> nested.getSimpleName().equals(name))
        .findFirst()
        .orElse(null);
  }
}
