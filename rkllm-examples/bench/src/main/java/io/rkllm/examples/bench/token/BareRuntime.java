package io.rkllm.examples.bench.token;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.rkllm.ffm.gen.v1_3.RKLLMCallback;
import io.rkllm.ffm.gen.v1_3.RKLLMInferParam;
import io.rkllm.ffm.gen.v1_3.RKLLMInput;
import io.rkllm.ffm.gen.v1_3.RKLLMParam;
import io.rkllm.ffm.gen.v1_3.RKLLMPerfStat;
import io.rkllm.ffm.gen.v1_3.RKLLMResult;
import io.rkllm.ffm.gen.v1_3.rkllm_createDefaultParam_fn;
import io.rkllm.ffm.gen.v1_3.rkllm_h;
import io.rkllm.ffm.gen.v1_3.rkllm_init_fn;
import io.rkllm.ffm.gen.v1_3.rkllm_run_fn;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * A minimal client of the runtime on the foreign function API: no checks, one thread, and one model
 * that is never freed. The layouts of the callback's arguments include the layouts of their
 * targets, which saves a slow reinterpretation at each token.
 */
final class BareRuntime {
  /** Receives the text of each token. */
  interface OnText {
    void accept(String text);
  }

  private static final AddressLayout STRING =
      ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(Long.MAX_VALUE, JAVA_BYTE));
  private static final AddressLayout RESULT = ADDRESS.withTargetLayout(RKLLMResult.layout());
  private static final FunctionDescriptor CALLBACK =
      FunctionDescriptor.of(JAVA_INT, RESULT, ADDRESS, JAVA_INT);

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment run;
  private final MemorySegment handle;
  private double nanosPerToken;

  /** Loads a model. If {@code onText} is null, the callback does nothing. */
  BareRuntime(String library, String model, @Nullable OnText onText) {
    SymbolLookup symbols = SymbolLookup.libraryLookup(library, arena);
    run = symbols.findOrThrow("rkllm_run");
    MemorySegment param =
        rkllm_createDefaultParam_fn.invoke(symbols.findOrThrow("rkllm_createDefaultParam"), arena);
    RKLLMParam.model_path(param, arena.allocateFrom(model));
    RKLLMParam.max_context_len(param, 16_384);
    MemorySegment callbacks = RKLLMCallback.allocate(arena);
    callbacks.fill((byte) 0);
    RKLLMCallback.result_callback(callbacks, stub(onText));
    MemorySegment handles = arena.allocate(ADDRESS);
    int code = rkllm_init_fn.invoke(symbols.findOrThrow("rkllm_init"), handles, param, callbacks);
    if (code != 0) {
      throw new IllegalStateException("rkllm_init returned " + code);
    }
    handle = handles.get(ADDRESS, 0);
  }

  private MemorySegment stub(@Nullable OnText onText) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      MethodType type = CALLBACK.toMethodType();
      MethodHandle method =
          onText == null
              ? lookup.findVirtual(BareRuntime.class, "nothing", type).bindTo(this)
              : MethodHandles.insertArguments(
                  lookup.findVirtual(
                      BareRuntime.class, "text", type.insertParameterTypes(0, OnText.class)),
                  0,
                  this,
                  onText);
      return Linker.nativeLinker().upcallStub(method, CALLBACK, arena);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the callback", e);
    }
  }

  int nothing(MemorySegment result, MemorySegment userdata, int state) {
    if (state == rkllm_h.RKLLM_RUN_FINISH()) {
      finish(result);
    }
    return 0;
  }

  int text(OnText onText, MemorySegment result, MemorySegment userdata, int state) {
    if (state == rkllm_h.RKLLM_RUN_NORMAL()) {
      onText.accept(result.get(STRING, RKLLMResult.text$offset()).getString(0));
    } else if (state == rkllm_h.RKLLM_RUN_FINISH()) {
      finish(result);
    }
    return 0;
  }

  private void finish(MemorySegment result) {
    MemorySegment perf = RKLLMResult.perf(result);
    nanosPerToken =
        RKLLMPerfStat.generate_time_ms(perf) * 1e6 / RKLLMPerfStat.generate_tokens(perf);
  }

  /** Generates an answer and returns the nanoseconds for each token by the runtime's own clock. */
  double generate(String prompt) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment input = RKLLMInput.allocate(call).fill((byte) 0);
      RKLLMInput.role(input, call.allocateFrom("user"));
      RKLLMInput.input_type(input, rkllm_h.RKLLM_INPUT_PROMPT());
      RKLLMInput.prompt_input(input, call.allocateFrom(prompt));
      MemorySegment param = RKLLMInferParam.allocate(call).fill((byte) 0);
      int code = rkllm_run_fn.invoke(run, handle, input, param, MemorySegment.NULL);
      if (code != 0) {
        throw new IllegalStateException("rkllm_run returned " + code);
      }
    }
    return nanosPerToken;
  }
}
