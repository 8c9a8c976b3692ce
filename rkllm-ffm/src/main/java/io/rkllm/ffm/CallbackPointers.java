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
 * The function pointers that one model passes to native code, and the struct that contains them in
 * ABI 1.3. All of them remain valid until the process ends, because a thread of the library may
 * still call back, or read the struct, after {@code rkllm_destroy} has returned or {@code
 * rkllm_init} has failed. If they were freed, this would crash the JVM.
 *
 * <p>Pointers are reused, so that the memory they need is bounded. A late call must not be mistaken
 * for one of the model that uses the pointers next:
 *
 * <ul>
 *   <li>Released pointers are disconnected from Java code of the SDK; {@link Stub} counts the
 *       calls.
 *   <li>They are not reused before {@value #RESTING} others of their kind have been released. A
 *       call that reaches the next user of a pointer would have to be that many models late.
 *   <li>Even then, a result carries the number of its run, which is unique in the process, so
 *       {@link ResultUpcall} counts it as a stray. A late call of a tokenizer or an embedding
 *       lookup is answered, but the answer is written to the memory of the late caller.
 * </ul>
 *
 * <p>The struct is written once, before native code sees it, and is the same for all models of a
 * kind. A model uses one to three pointers of 1 KB each. An application permanently uses the memory
 * for the models that were open at the same time, and at most {@value #RESTING} more of each kind,
 * even after its class loader has been collected.
 */
final class CallbackPointers {
  private static final int RESTING = 64;

  /** The released pointers by kind, in the order of their release; guarded by itself. */
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
   * Returns pointers that call the given methods, for one model.
   *
   * @param tokenizer null if the model has no tokenizer of the application
   * @param embedding null if the model has no embedding lookup of the application
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

  /** Returns the third argument of {@code rkllm_init}. */
  MemorySegment argument() {
    return argument;
  }

  /**
   * Releases the pointers, because the model was destroyed or not loaded. Calls from now on are
   * late ones.
   */
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
