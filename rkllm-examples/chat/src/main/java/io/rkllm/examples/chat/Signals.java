package io.rkllm.examples.chat;

import java.lang.reflect.Proxy;

/**
 * Handles signals of the operating system with {@code sun.misc.Signal}, the only API for this,
 * which is exported for the purpose. It is called by reflection, because the compiler warns about
 * its use and this build treats warnings as errors.
 */
public final class Signals {
  private Signals() {}

  /**
   * Sets the action for a signal. The action runs on a new thread each time. A signal that was
   * ignored when the program was started stays ignored.
   *
   * @param name the name of the signal, such as {@code TERM}
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

  /** Sends this process a signal, which must be one that it handles. */
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
