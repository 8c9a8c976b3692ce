package io.rkllm.ffm;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VolatileCallSite;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A function pointer for native code that is never freed, and may be called at any time on any
 * thread. It leads to a method of the SDK while a model uses it. After that it counts the calls and
 * returns a fixed number, without any class of the SDK: native memory that refers to one would keep
 * its class loader alive, and with it an application that has been taken off its server.
 *
 * <p>Costs about 1 KB, a third of it on the Java heap.
 */
final class Stub {
  /** Calls of pointers that no model used any more, by all of them. */
  private static final AtomicInteger late = new AtomicInteger();

  private static int lateCallsTaken;

  private final MethodType type;
  private final int idleAnswer;
  private final VolatileCallSite target;
  private final MemorySegment pointer;

  /**
   * @param idleAnswer what the pointer returns once no model uses it any more
   */
  Stub(FunctionDescriptor function, MethodHandle method, int idleAnswer) {
    this.type = function.toMethodType();
    this.idleAnswer = idleAnswer;
    target = new VolatileCallSite(method);
    MethodHandle invoker = target.dynamicInvoker();
    pointer = Linker.nativeLinker().upcallStub(invoker, function, Arena.global());
  }

  MemorySegment pointer() {
    return pointer;
  }

  /** From now on, calls lead to this method. */
  void connect(MethodHandle method) {
    target.setTarget(method);
  }

  /** From now on, calls are late ones. */
  void disconnect() {
    target.setTarget(idle());
  }

  /** How many late calls there were in all. */
  static int lateCalls() {
    return late.get();
  }

  /** Gives how many late calls came since this was last asked. */
  static synchronized int takeLateCalls() {
    int all = late.get();
    int taken = all - lateCallsTaken;
    lateCallsTaken = all;
    return taken;
  }

  private MethodHandle idle() {
    try {
      MethodHandle count =
          MethodHandles.publicLookup()
              .bind(late, "incrementAndGet", MethodType.methodType(int.class))
              .asType(MethodType.methodType(void.class));
      MethodHandle answer = MethodHandles.constant(int.class, idleAnswer);
      return MethodHandles.foldArguments(
          MethodHandles.dropArguments(answer, 0, type.parameterList()), count);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("AtomicInteger.incrementAndGet", e);
    }
  }
}
