package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToIntFunction;

/**
 * A runtime whose C functions are implemented in Java. It records each call with its arguments and
 * answers as the test specifies. It is called like native code, through addresses.
 */
final class RecordedLibrary {
  static final long HANDLE = 0x1234_5678_9abcL;

  /**
   * A call of a C function.
   *
   * @param arguments boxed numbers, and segments of size zero
   */
  record Call(String function, List<Object> arguments) {
    MemorySegment pointer(int argument) {
      return (MemorySegment) arguments.get(argument);
    }

    /** Returns the C string that an argument points to. */
    String text(int argument) {
      return memory(argument).getString(0);
    }

    /** Returns the memory that an argument points to. */
    MemorySegment memory(int argument) {
      return NativeMemory.ALL.asSlice(pointer(argument).address());
    }
  }

  final List<Call> calls = new CopyOnWriteArrayList<>();
  private final Simulator simulator;
  private final Map<String, ToIntFunction<Call>> answers = new ConcurrentHashMap<>();
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment defaults;

  RecordedLibrary(Simulator simulator) throws Exception {
    this.simulator = simulator;
    // Exactly as large as the return value, all of which is copied.
    defaults = arena.allocate(descriptor("rkllm_createDefaultParam").returnLayout().orElseThrow());
    when(
        "rkllm_init",
        call -> {
          call.memory(0).set(ADDRESS, 0, MemorySegment.ofAddress(HANDLE));
          return 0;
        });
  }

  /** Sets the answer to calls of a function; the default is 0. */
  RecordedLibrary when(String function, ToIntFunction<Call> answer) {
    answers.put(function, answer);
    return this;
  }

  /** Returns the runtime, identified as this release. */
  FfmRuntime runtime(String release) throws Exception {
    Identification identification =
        new Identification(simulator.layout(), release, true, true, "made up", List.of());
    return new FfmRuntime(
        NativeLibrary.of(this::function), identification, Path.of("/recorded/librkllmrt.so"));
  }

  /** Returns the only call of a function. */
  Call only(String function) {
    List<Call> found = calls.stream().filter(c -> c.function().equals(function)).toList();
    if (found.size() != 1) {
      throw new AssertionError(function + " was called " + found.size() + " times: " + calls);
    }
    return found.getFirst();
  }

  private MemorySegment function(String name) {
    try {
      FunctionDescriptor descriptor = descriptor(name);
      MethodType type = descriptor.toMethodType();
      String target = name.equals("rkllm_createDefaultParam") ? "struct" : "answer";
      MethodHandle handle =
          MethodHandles.lookup()
              .findVirtual(
                  RecordedLibrary.class,
                  target,
                  MethodType.methodType(type.returnType(), String.class, Object[].class))
              .bindTo(this)
              .bindTo(name)
              .asCollector(Object[].class, type.parameterCount())
              .asType(type);
      return Linker.nativeLinker().upcallStub(handle, descriptor, arena);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(name, e);
    }
  }

  private FunctionDescriptor descriptor(String name) throws ReflectiveOperationException {
    String gen = "io.rkllm.ffm.gen." + (simulator.is13() ? "v1_3." : "v1_2.") + name + "_fn";
    return (FunctionDescriptor) Class.forName(gen).getMethod("descriptor").invoke(null);
  }

  /** Called by all functions except the one that returns a struct. */
  int answer(String name, Object[] arguments) {
    Call call = new Call(name, List.of(arguments));
    calls.add(call);
    ToIntFunction<Call> answer = answers.get(name);
    return answer == null ? 0 : answer.applyAsInt(call);
  }

  /** Implements {@code rkllm_createDefaultParam}; all fields are zero. */
  MemorySegment struct(String name, Object[] arguments) {
    calls.add(new Call(name, List.of(arguments)));
    return defaults;
  }
}
