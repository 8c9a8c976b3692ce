package io.rkllm.tools.internal.schema;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import tools.jackson.databind.ObjectMapper;

/**
 * Checks the access that the module system allows, early so that no call fails because of it later.
 */
public final class ModuleAccess {
  private ModuleAccess() {}

  /**
   * Makes a method callable from here.
   *
   * @throws IllegalArgumentException if its module does not allow it
   */
  public static void makeAccessible(Method method) {
    if (!method.trySetAccessible()) {
      throw closed(method.getDeclaringClass());
    }
  }

  /**
   * Checks that Jackson can make the record and read its components.
   *
   * @throws IllegalArgumentException if its module does not allow it
   */
  static void checkRecord(Class<?> type) {
    Module jackson = ObjectMapper.class.getModule();
    String name = type.getPackageName();
    boolean visible = isPublic(type) && type.getModule().isExported(name, jackson);
    if (!visible && !type.getModule().isOpen(name, jackson)) {
      throw closed(type);
    }
  }

  private static boolean isPublic(Class<?> type) {
    for (Class<?> c = type; c != null; c = c.getEnclosingClass()) {
      if (!Modifier.isPublic(c.getModifiers())) {
        return false;
      }
    }
    return true;
  }

  private static IllegalArgumentException closed(Class<?> type) {
    return new IllegalArgumentException(
        type.getName()
            + " cannot be reached from outside of its module; write \"opens "
            + type.getPackageName()
            + " to io.rkllm.tools, tools.jackson.databind;\" in the module-info of "
            + type.getModule().getName());
  }
}
