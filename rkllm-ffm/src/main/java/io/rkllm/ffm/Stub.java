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
 * A function pointer for native code that is never freed and may be called at any time on any
 * thread. While a model uses it, it calls a method of the SDK. Afterwards it counts the calls and
 * returns a fixed number, without referring to any class of the SDK: native memory that refers to a
 * class would keep its class loader reachable, and with it an application that has been undeployed
 * from its server.
 *
 * <p>Takes about 1 KB, a third of it on the Java heap.
 */
final class Stub {
  private static final int SPECIALIZING_CALLS = 200;

  /** The number of calls of all pointers that were not in use. */
  private static final AtomicInteger late = new AtomicInteger();

  private static int lateCallsTaken;

  private final MethodType type;
  private final int idleAnswer;
  private final VolatileCallSite target;
  private final MemorySegment pointer;

  /** Calls the pointer with zeros. */
  private final MethodHandle call;

  /**
   * @param idleAnswer the return value while no model uses the pointer
   */
  Stub(FunctionDescriptor function, MethodHandle method, int idleAnswer) {
    this.type = function.toMethodType();
    this.idleAnswer = idleAnswer;
    target = new VolatileCallSite(method);
    MethodHandle invoker = target.dynamicInvoker();
    pointer = Linker.nativeLinker().upcallStub(invoker, function, Arena.global());
    call =
        MethodHandles.insertArguments(
            Linker.nativeLinker().downcallHandle(pointer, function), 0, zeros());
    specialize();
  }

  MemorySegment pointer() {
    return pointer;
  }

  /** Makes the pointer call the given method. */
  void connect(MethodHandle method) {
    target.setTarget(method);
    specialize();
  }

  /**
   * Calls the pointer as native code does, with zeros, which its method rejects, until the JDK has
   * specialized the method handles on the way. The JDK does so at the 128th call and allocates
   * memory for it before any code of the SDK is reached: in a full heap, the 128th token of a model
   * would end the JVM.
   */
  private void specialize() {
    try {
      for (int i = 0; i < SPECIALIZING_CALLS; i++) {
        int _ = (int) call.invokeExact();
      }
    } catch (Error e) {
      throw e; // the heap is full
    } catch (Throwable e) {
      throw new IllegalStateException("a function pointer cannot be called", e);
    }
  }

  private Object[] zeros() {
    return type.parameterList().stream()
        .map(kind -> kind == int.class ? (Object) 0 : (Object) 0L)
        .toArray();
  }

  /** Disconnects the pointer. Calls from now on are counted as late. */
  void disconnect() {
    target.setTarget(idle());
  }

  /** Returns the total number of late calls. */
  static int lateCalls() {
    return late.get();
  }

  /** Returns the number of late calls since the last call of this method. */
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
