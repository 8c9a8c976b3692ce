package io.rkllm.examples.chat;

import java.lang.reflect.Proxy;

/**
 * Signals of the operating system, by {@code sun.misc.Signal}, the one way to hear of them, and
 * exported for that; by reflection, because the compiler warns of its name and this build takes
 * warnings for errors.
 */
public final class Signals {
  private Signals() {}

  /**
   * Has this done when a signal comes, on a thread of its own each time. One that the program was
   * started to ignore stays ignored.
   *
   * @param name such as {@code TERM}
   */
  public static void handle(String name, Runnable action) {
    try {
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                action.run();
                return null;
              });
      type().getMethod("handle", type(), handler).invoke(null, signal(name), ours);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JVM cannot handle SIG" + name, e);
    }
  }

  /** Sends this process a signal, which is to be one that it handles. */
  public static void raise(String name) {
    try {
      type().getMethod("raise", type()).invoke(null, signal(name));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JVM cannot raise SIG" + name, e);
    }
  }

  private static Class<?> type() throws ClassNotFoundException {
    return Class.forName("sun.misc.Signal");
  }

  private static Object signal(String name) throws ReflectiveOperationException {
    return type().getConstructor(String.class).newInstance(name);
  }
}
