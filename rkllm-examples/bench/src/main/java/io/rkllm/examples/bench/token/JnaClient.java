package io.rkllm.examples.bench.token;

import com.sun.jna.Callback;
import com.sun.jna.CallbackReference;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.ptr.PointerByReference;
import io.rkllm.examples.bench.Child;
import io.rkllm.ffm.gen.v1_3.RKLLMCallback;
import io.rkllm.ffm.gen.v1_3.RKLLMInferParam;
import io.rkllm.ffm.gen.v1_3.RKLLMInput;
import io.rkllm.ffm.gen.v1_3.RKLLMParam;
import io.rkllm.ffm.gen.v1_3.RKLLMPerfStat;
import io.rkllm.ffm.gen.v1_3.RKLLMResult;
import io.rkllm.ffm.gen.v1_3.rkllm_h;
import java.lang.ref.Reference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code JnaClient LIBRARY MODEL PROMPT RUNS}: measures a callback that creates a String, with JNA.
 * Uses pointers and offsets rather than a {@link Structure} for each result, which would be even
 * slower.
 */
public final class JnaClient {
  static String last = "";
  private static double nanosPerToken;

  private JnaClient() {}

  /** The functions of the runtime that are used. */
  public interface Rkllm extends Library {
    /** Returns the default parameters, by value. */
    Param rkllm_createDefaultParam();

    /** Loads a model. */
    int rkllm_init(PointerByReference handle, Pointer param, Pointer callbacks);

    /** Blocks until the run has ended. */
    int rkllm_run(Pointer handle, Pointer input, Pointer param, @Nullable Pointer userdata);
  }

  /** {@code RKLLMParam}, as bytes. */
  @Structure.FieldOrder("bytes")
  public static class Param extends Structure implements Structure.ByValue {
    /** The content of the structure. */
    public byte[] bytes = new byte[(int) RKLLMParam.sizeof()];

    @Override
    public String toString() {
      return "RKLLMParam";
    }
  }

  /** {@code LLMResultCallback}. */
  public interface OnResult extends Callback {
    /** Called for each token. */
    int callback(@Nullable Pointer result, @Nullable Pointer userdata, int state);
  }

  public static void main(String[] arguments) {
    Rkllm runtime = Native.load(arguments[0], Rkllm.class);
    OnResult onResult = JnaClient::onResult;
    Memory callbacks = zeroed(RKLLMCallback.sizeof());
    callbacks.setPointer(0, CallbackReference.getFunctionPointer(onResult));
    Param param = runtime.rkllm_createDefaultParam();
    Memory path = string(arguments[1]);
    param.write();
    param.getPointer().setPointer(RKLLMParam.model_path$offset(), path);
    param.getPointer().setInt(RKLLMParam.max_context_len$offset(), 16_384);
    PointerByReference handle = new PointerByReference();
    check("rkllm_init", runtime.rkllm_init(handle, param.getPointer(), callbacks));

    Memory input = zeroed(RKLLMInput.sizeof());
    Memory role = string("user");
    Memory prompt = string(arguments[2]);
    input.setPointer(RKLLMInput.role$offset(), role);
    input.setInt(RKLLMInput.input_type$offset(), rkllm_h.RKLLM_INPUT_PROMPT());
    input.setPointer(RKLLMInput.prompt_input$offset(), prompt);
    Memory inferParam = zeroed(RKLLMInferParam.sizeof());
    try {
      for (int run = Integer.parseInt(arguments[3]); run > 0; run--) {
        check("rkllm_run", runtime.rkllm_run(handle.getValue(), input, inferParam, null));
        Child.print(nanosPerToken);
      }
    } finally {
      Reference.reachabilityFence(List.of(onResult, path, role, prompt));
    }
  }

  private static int onResult(@Nullable Pointer result, @Nullable Pointer userdata, int state) {
    if (result != null && state == rkllm_h.RKLLM_RUN_NORMAL()) {
      last = result.getPointer(RKLLMResult.text$offset()).getString(0, "UTF-8");
    } else if (result != null && state == rkllm_h.RKLLM_RUN_FINISH()) {
      Pointer perf = result.share(RKLLMResult.perf$offset());
      nanosPerToken =
          perf.getFloat(RKLLMPerfStat.generate_time_ms$offset())
              * 1e6
              / perf.getInt(RKLLMPerfStat.generate_tokens$offset());
    }
    return 0;
  }

  private static Memory string(String text) {
    Memory memory = new Memory(Native.toByteArray(text, "UTF-8").length);
    memory.setString(0, text, "UTF-8");
    return memory;
  }

  private static Memory zeroed(long size) {
    Memory memory = new Memory(size);
    memory.clear();
    return memory;
  }

  private static void check(String function, int code) {
    if (code != 0) {
      throw new IllegalStateException(function + " returned " + code);
    }
  }
}
