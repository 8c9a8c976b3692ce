package io.rkllm.ffm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The function pointers that one model gives to native code, together with the struct in which ABI
 * 1.3 takes them. All of it is valid for as long as the process lives, since a thread of the
 * library may still call back, or read the struct, after {@code rkllm_destroy} has returned or
 * {@code rkllm_init} has failed. Freed, it would take the JVM down.
 *
 * <p>Loading models does not add to it without bound, because pointers are reused. A late call must
 * not be taken for one of the model that uses the pointers next:
 *
 * <ul>
 *   <li>Pointers that were given back lead nowhere: {@link Stub} counts the calls.
 *   <li>They rest until {@value #RESTING} others of their kind were given back after them. So a
 *       call that finds them in use again is that many models late.
 *   <li>Even then, a result brings the number of its run, which no other run of the process has.
 *       {@link ResultUpcall} counts it as a stray. A tokenizer or an embedding lookup is asked on
 *       behalf of nobody: what it gives goes to the memory of whoever asked.
 * </ul>
 *
 * <p>The struct is written once, before native code sees it, and is the same for all models of a
 * kind. What it costs: a model uses one to three pointers of 1 KB each. An application leaves those
 * of the models that it had open at once, and at most {@value #RESTING} more of each kind, also
 * after its class loader is gone.
 */
final class CallbackPointers {
  private static final int RESTING = 64;

  /** By kind, those given back first in front; guarded by itself. */
  private static final Map<List<Object>, Deque<CallbackPointers>> resting = new HashMap<>();

  private final List<Object> kind;
  private final Stub result;
  private final @Nullable Stub tokenizer;
  private final @Nullable Stub embedding;
  private final MemorySegment argument;

  private CallbackPointers(
      List<Object> kind,
      Abi abi,
      MethodHandle result,
      @Nullable MethodHandle tokenizer,
      @Nullable MethodHandle embedding) {
    this.kind = kind;
    this.result = new Stub(ResultUpcall.CALLBACK, result, ResultUpcall.CONTINUE);
    this.tokenizer =
        tokenizer == null
            ? null
            : new Stub(TokenizerUpcall.CALLBACK, tokenizer, TokenizerUpcall.FAILED);
    this.embedding =
        embedding == null
            ? null
            : new Stub(EmbeddingUpcall.CALLBACK, embedding, EmbeddingUpcall.FAILED);
    argument =
        abi.callback(
            new Abi.Stubs(this.result.pointer(), pointer(this.tokenizer), pointer(this.embedding)),
            NativeMemory.withMargin(Arena.global()));
  }

  /**
   * Takes pointers that lead to these methods, for one model.
   *
   * @param tokenizer null if the model has no tokenizer of the user's
   * @param embedding null if the model has no embedding lookup of the user's
   */
  static CallbackPointers take(
      Abi abi,
      MethodHandle result,
      @Nullable MethodHandle tokenizer,
      @Nullable MethodHandle embedding) {
    List<Object> kind = List.of(abi, tokenizer != null, embedding != null);
    CallbackPointers reused = reused(kind);
    if (reused == null) {
      return new CallbackPointers(kind, abi, result, tokenizer, embedding);
    }
    reused.result.connect(result);
    connect(reused.tokenizer, tokenizer);
    connect(reused.embedding, embedding);
    return reused;
  }

  /** The third argument of {@code rkllm_init}. */
  MemorySegment argument() {
    return argument;
  }

  /** The model is destroyed, or was never loaded: from now on, calls are late ones. */
  void release() {
    result.disconnect();
    disconnect(tokenizer);
    disconnect(embedding);
    synchronized (resting) {
      resting.computeIfAbsent(kind, _ -> new ArrayDeque<>()).addLast(this);
    }
  }

  private static @Nullable CallbackPointers reused(List<Object> kind) {
    synchronized (resting) {
      Deque<CallbackPointers> ofKind = resting.get(kind);
      return ofKind == null || ofKind.size() < RESTING ? null : ofKind.removeFirst();
    }
  }

  private static MemorySegment pointer(@Nullable Stub stub) {
    return stub == null ? MemorySegment.NULL : stub.pointer();
  }

  private static void connect(@Nullable Stub stub, @Nullable MethodHandle method) {
    if (stub != null && method != null) {
      stub.connect(method);
    }
  }

  private static void disconnect(@Nullable Stub stub) {
    if (stub != null) {
      stub.disconnect();
    }
  }
}
