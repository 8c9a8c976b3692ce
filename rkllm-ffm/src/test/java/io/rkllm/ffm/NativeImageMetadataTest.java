package io.rkllm.ffm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The metadata for GraalVM's native-image has the descriptor of every call into and out of native
 * code, and every method that is looked up by name. All are derived from the classes of this
 * module, except the functions of libc, whose method handles do not reveal their options.
 */
class NativeImageMetadataTest {
  private static final String FILE =
      "/META-INF/native-image/io.rkllm/rkllm-ffm/reachability-metadata.json";

  /** The functions of libc, by the field that has the method handle. */
  private static final SortedMap<String, Downcall> LIBC =
      new TreeMap<>(
          Stream.of(
                  capturing("Posix.READ", "jlong", "jint", "void*", "jlong"),
                  capturing("Posix.WRITE", "jlong", "jint", "void*", "jlong"),
                  capturing("Posix.CLOSE", "jint", "jint"),
                  capturing("Posix.DUP2", "jint", "jint", "jint"),
                  capturing("Posix.PIPE2", "jint", "void*", "jint"),
                  capturing("Posix.POLL", "jint", "void*", "jlong", "jint"),
                  variadic("Posix.OPEN", "jint", "void*", "jint", "jint"),
                  variadic("Posix.FCNTL", "jint", "jint", "jint", "jint"),
                  capturing("Posix.FFLUSH", "jint", "void*"),
                  plain("Posix.SETLINEBUF", "void", "void*"),
                  plain("DynamicLoader.DLOPEN", "void*", "void*", "jint"),
                  plain("DynamicLoader.DLSYM", "void*", "void*", "void*"),
                  plain("DynamicLoader$AfterFailure.DLCLOSE", "jint", "void*"),
                  plain("DynamicLoader$AfterFailure.DLERROR", "void*"))
              .collect(Collectors.toMap(Downcall::field, it -> it)));

  private record Downcall(
      String field, String returnType, List<String> parameters, boolean captures, String options) {
    String json() {
      return signature(returnType, parameters) + options + "}";
    }

    /** Returns the type of the method handle, which begins with the captured state. */
    MethodType type() {
      List<Class<?>> types = new ArrayList<>(captures ? List.of(MemorySegment.class) : List.of());
      parameters.forEach(it -> types.add(carrier(it)));
      return MethodType.methodType(carrier(returnType), types);
    }

    private static Class<?> carrier(String type) {
      return switch (type) {
        case "void" -> void.class;
        case "jint" -> int.class;
        case "jlong" -> long.class;
        default -> MemorySegment.class;
      };
    }
  }

  private static Downcall plain(String field, String returnType, String... parameters) {
    return new Downcall(field, returnType, List.of(parameters), false, "");
  }

  private static Downcall capturing(String field, String returnType, String... parameters) {
    String options = ", \"options\": {\"captureCallState\": true}";
    return new Downcall(field, returnType, List.of(parameters), true, options);
  }

  private static Downcall variadic(String field, String returnType, String... parameters) {
    String options = ", \"options\": {\"captureCallState\": true, \"firstVariadicArg\": 2}";
    return new Downcall(field, returnType, List.of(parameters), true, options);
  }

  @Test
  void libc_functions_areAllListedWithTheTypesOfTheirHandles() throws Exception {
    SortedMap<String, MethodType> found = new TreeMap<>();
    for (Field field : staticFields(MethodHandle.class)) {
      MethodHandle handle = (MethodHandle) field.get(null);
      if (isOurs(field) && method(field, handle) == null) {
        found.put(name(field), handle.type());
      }
    }

    SortedMap<String, MethodType> listed = new TreeMap<>();
    LIBC.forEach((name, downcall) -> listed.put(name, downcall.type()));
    assertThat(listed).isEqualTo(found);
  }

  @Test
  void metadata_isWhatTheClassesNeed() throws Exception {
    String expected =
        """
        {
          "reflection": [
        %s
          ],
          "foreign": {
            "downcalls": [
        %s
            ],
            "upcalls": [
        %s
            ]
          }
        }
        """
            .formatted(
                lines("    ", methods()), lines("      ", downcalls()), lines("      ", upcalls()));

    try (InputStream in = getClass().getResourceAsStream(FILE)) {
      assertThat(new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8))
          .as("write the expected text to src/main/resources" + FILE)
          .isEqualTo(expected);
    }
  }

  private static String lines(String indent, SortedSet<String> entries) {
    return entries.stream().map(it -> indent + it).collect(Collectors.joining(",\n"));
  }

  /** Returns the methods that are looked up by name: targets of callbacks. */
  private static SortedSet<String> methods() throws Exception {
    SortedSet<String> methods = new TreeSet<>();
    methods.add(method("java.util.concurrent.atomic.AtomicInteger", "incrementAndGet", List.of()));
    for (Field field : staticFields(MethodHandle.class)) {
      MethodHandleInfo info = method(field, (MethodHandle) field.get(null));
      if (info != null) {
        List<String> parameters =
            info.getMethodType().parameterList().stream().map(Class::getName).toList();
        methods.add(method(info.getDeclaringClass().getName(), info.getName(), parameters));
      }
    }
    return methods;
  }

  private static String method(String type, String name, List<String> parameters) {
    return "{\"type\": \"%s\", \"methods\": [{\"name\": \"%s\", \"parameterTypes\": [%s]}]}"
        .formatted(type, name, quoted(parameters));
  }

  private static SortedSet<String> downcalls() throws Exception {
    SortedSet<String> downcalls = new TreeSet<>();
    LIBC.values().forEach(it -> downcalls.add(it.json()));
    downcalls.add(plain("_exit", "void", "jint").json());
    for (Field field : staticFields(FunctionDescriptor.class)) { // Stub calls the callbacks as well
      downcalls.add(json((FunctionDescriptor) field.get(null)));
    }
    return downcalls;
  }

  private static SortedSet<String> upcalls() throws Exception {
    SortedSet<String> upcalls = new TreeSet<>();
    for (Field field : staticFields(FunctionDescriptor.class)) {
      if (isUpcall(field)) {
        upcalls.add(json((FunctionDescriptor) field.get(null)));
      }
    }
    assertThat(upcalls).hasSize(3);
    return upcalls;
  }

  /** The SDK passes pointers as numbers and does not use the callbacks that jextract wrote. */
  private static boolean isUpcall(Field field) {
    return field.getName().equals("CALLBACK");
  }

  private static boolean isOurs(Field field) {
    return field.getDeclaringClass().getPackage() == NativeImageMetadataTest.class.getPackage();
  }

  private static String name(Field field) {
    String type = field.getDeclaringClass().getName();
    return type.substring(type.lastIndexOf('.') + 1) + "." + field.getName();
  }

  /** Returns the method of a handle; null if it calls native code. */
  private static MethodHandleInfo method(Field field, MethodHandle handle)
      throws IllegalAccessException {
    try {
      return MethodHandles.privateLookupIn(field.getDeclaringClass(), MethodHandles.lookup())
          .revealDirect(handle);
    } catch (IllegalArgumentException notDirect) {
      return null;
    }
  }

  /** Returns the static fields of a type in all classes of this module. */
  private static List<Field> staticFields(Class<?> type) throws Exception {
    List<Field> fields = new ArrayList<>();
    for (Class<?> each : classes()) {
      for (Field field : each.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers()) && field.getType() == type) {
          field.setAccessible(true);
          fields.add(field);
        }
      }
    }
    assertThat(fields).isNotEmpty();
    return fields;
  }

  private static List<Class<?>> classes() throws IOException, URISyntaxException {
    Path root =
        Path.of(ResultUpcall.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Class<?>> classes = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root.resolve("io"))) {
      for (Path file : files.filter(it -> it.toString().endsWith(".class")).sorted().toList()) {
        String name =
            root.relativize(file).toString().replace('/', '.').replaceFirst("\\.class$", "");
        if (!name.endsWith("package-info")) {
          try {
            classes.add(Class.forName(name, false, ResultUpcall.class.getClassLoader()));
          } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
          }
        }
      }
    }
    return classes;
  }

  private static String json(FunctionDescriptor descriptor) {
    String returnType =
        descriptor.returnLayout().map(NativeImageMetadataTest::layout).orElse("void");
    return signature(
            returnType,
            descriptor.argumentLayouts().stream().map(NativeImageMetadataTest::layout).toList())
        + "}";
  }

  private static String signature(String returnType, List<String> parameters) {
    return "{\"returnType\": \"%s\", \"parameterTypes\": [%s]"
        .formatted(returnType, quoted(parameters));
  }

  private static String quoted(List<String> texts) {
    return texts.stream().map(it -> '"' + it + '"').collect(Collectors.joining(", "));
  }

  /** Writes a layout as native-image reads it. */
  private static String layout(MemoryLayout layout) {
    return switch (layout) {
      case AddressLayout _ -> "void*";
      case ValueLayout value -> "j" + value.carrier().getName();
      case PaddingLayout padding -> "padding(" + padding.byteSize() + ")";
      case SequenceLayout sequence ->
          "sequence(%d, %s)".formatted(sequence.elementCount(), layout(sequence.elementLayout()));
      case GroupLayout group ->
          group.memberLayouts().stream()
              .map(NativeImageMetadataTest::layout)
              .collect(
                  Collectors.joining(
                      ", ", group instanceof StructLayout ? "struct(" : "union(", ")"));
    };
  }
}
