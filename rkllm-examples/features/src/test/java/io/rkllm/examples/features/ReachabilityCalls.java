package io.rkllm.examples.features;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Collectors;

/**
 * Replacements for methods of the JDK, called by the classes that {@link ReachabilityRecorder}
 * loads. Each has the name of the method that it replaces, and its receiver as the first parameter.
 */
@SuppressWarnings("restricted")
public final class ReachabilityCalls {
  static final Set<String> REFLECTED = new ConcurrentSkipListSet<>();
  static final Set<String> DOWNCALLS = new ConcurrentSkipListSet<>();
  static final Set<String> UPCALLS = new ConcurrentSkipListSet<>();

  private ReachabilityCalls() {}

  public static MethodHandle downcallHandle(
      Linker linker, FunctionDescriptor function, Linker.Option... options) {
    DOWNCALLS.add(text(function));
    return linker.downcallHandle(function, options);
  }

  public static MethodHandle downcallHandle(
      Linker linker, MemorySegment address, FunctionDescriptor function, Linker.Option... options) {
    DOWNCALLS.add(text(function));
    return linker.downcallHandle(address, function, options);
  }

  public static MemorySegment upcallStub(
      Linker linker,
      MethodHandle target,
      FunctionDescriptor function,
      Arena arena,
      Linker.Option... options) {
    UPCALLS.add(text(function));
    return linker.upcallStub(target, function, arena, options);
  }

  private static String text(FunctionDescriptor function) {
    return function.returnLayout().map(ReachabilityCalls::text).orElse("void")
        + function.argumentLayouts().stream().map(ReachabilityCalls::text).toList();
  }

  /** Returns a layout as native-image reads it. */
  private static String text(MemoryLayout layout) {
    return switch (layout) {
      case AddressLayout _ -> "void*";
      case ValueLayout value -> "j" + value.carrier().getName();
      case PaddingLayout padding -> "padding(" + padding.byteSize() + ")";
      case SequenceLayout sequence ->
          "sequence(%d, %s)".formatted(sequence.elementCount(), text(sequence.elementLayout()));
      case GroupLayout group ->
          group.memberLayouts().stream()
              .map(ReachabilityCalls::text)
              .collect(Collectors.joining(", ", "struct(", ")"));
    };
  }

  public static Class<?> forName(String name) throws ClassNotFoundException {
    Class<?> found = Class.forName(name, true, Thread.currentThread().getContextClassLoader());
    REFLECTED.add(name);
    return found;
  }

  public static Class<?> forName(String name, boolean initialize, ClassLoader loader)
      throws ClassNotFoundException {
    Class<?> found = Class.forName(name, initialize, loader);
    REFLECTED.add(name);
    return found;
  }

  public static Method[] getMethods(Class<?> type) {
    return reflected(type).getMethods();
  }

  public static Method[] getDeclaredMethods(Class<?> type) {
    return reflected(type).getDeclaredMethods();
  }

  public static Field[] getDeclaredFields(Class<?> type) {
    return reflected(type).getDeclaredFields();
  }

  public static Constructor<?>[] getConstructors(Class<?> type) {
    return reflected(type).getConstructors();
  }

  public static Constructor<?>[] getDeclaredConstructors(Class<?> type) {
    return reflected(type).getDeclaredConstructors();
  }

  public static RecordComponent[] getRecordComponents(Class<?> type) {
    return reflected(type).getRecordComponents();
  }

  public static Method getMethod(Class<?> type, String name, Class<?>... parameters)
      throws NoSuchMethodException {
    return reflected(type).getMethod(name, parameters);
  }

  public static Method getDeclaredMethod(Class<?> type, String name, Class<?>... parameters)
      throws NoSuchMethodException {
    return reflected(type).getDeclaredMethod(name, parameters);
  }

  public static Field getDeclaredField(Class<?> type, String name) throws NoSuchFieldException {
    return reflected(type).getDeclaredField(name);
  }

  public static Constructor<?> getConstructor(Class<?> type, Class<?>... parameters)
      throws NoSuchMethodException {
    return reflected(type).getConstructor(parameters);
  }

  public static Constructor<?> getDeclaredConstructor(Class<?> type, Class<?>... parameters)
      throws NoSuchMethodException {
    return reflected(type).getDeclaredConstructor(parameters);
  }

  private static Class<?> reflected(Class<?> type) {
    REFLECTED.add(type.getName());
    return type;
  }
}
