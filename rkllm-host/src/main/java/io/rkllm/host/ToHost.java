package io.rkllm.host;

import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.NativeFloats;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunRequest;
import io.rkllm.spi.RuntimeOptions;
import java.nio.file.Path;

/** A message from the application to the host. */
@SuppressWarnings("ArrayRecordComponent") // messages are written and read, not compared
sealed interface ToHost {

  /** A call, which the host answers with exactly one {@link FromHost.Answer}. */
  sealed interface Call extends ToHost {}

  /** An answer to a {@link FromHost.Question}, for which native code waits in the host. */
  sealed interface Reply extends ToHost {}

  /** Opens the library; the first call of a connection. */
  record Open(int version, RuntimeOptions options) implements Call {}

  /** Examines the machine and the library. */
  record Diagnose(RuntimeOptions options) implements Call {}

  /**
   * Loads the model of this connection.
   *
   * @param tokenizer whether the application has a tokenizer for it
   * @param embeddingLookup whether the application has an embedding lookup for it
   */
  record Load(ModelConfig config, boolean tokenizer, boolean embeddingLookup) implements Call {}

  /**
   * Performs a run.
   *
   * @param number identifies the run in {@link Abort} and {@link Pause}
   */
  record Run(int number, RunRequest request) implements Call {}

  record ClearCache(boolean keepSystemPrompt) implements Call {}

  record ClearRanges(int[] from, int[] to) implements Call {}

  record CacheSizes() implements Call {}

  record LoadLora(String name, Path file, float scale) implements Call {}

  record LoadPromptCache(Path file) implements Call {}

  record ReleasePromptCache() implements Call {}

  record SetTemplate(ChatTemplate template) implements Call {}

  record SetTools(FunctionTools tools) implements Call {}

  record SetCrossAttention(CrossAttention data) implements Call {}

  /** Destroys the model; the last call of a connection. */
  record Destroy() implements Call {}

  /** Ends a run before its next token. Has no effect on a later run. */
  record Abort(int run) implements ToHost {}

  /** Makes the host ask after each token of a run whether to pause, until it does. */
  record Pause(int run) implements ToHost {}

  /** Tells native code to go on after a token, or to pause. */
  record Proceed(boolean proceed) implements Reply {}

  /** Tells the host that the application has read an output, whose memory may be reused. */
  record OutputRead() implements Reply {}

  record TokenIds(int[] ids) implements Reply {}

  record EmbeddingRows(NativeFloats rows) implements Reply {}

  /**
   * Tells the host that a function of the application failed. The application has the exception.
   */
  record FunctionFailed(Failure failure) implements Reply {}

  /** Returns the C function that performs a call, or what it does otherwise, for messages. */
  static String function(Call call) {
    return switch (call) {
      case Open _ -> "opening the library";
      case Diagnose _ -> "examining the library";
      case Load _ -> "rkllm_init";
      case Run _ -> "rkllm_run";
      case ClearCache _, ClearRanges _ -> "rkllm_clear_kv_cache";
      case CacheSizes _ -> "rkllm_get_kv_cache_size";
      case LoadLora _ -> "rkllm_load_lora";
      case LoadPromptCache _ -> "rkllm_load_prompt_cache";
      case ReleasePromptCache _ -> "rkllm_release_prompt_cache";
      case SetTemplate _ -> "rkllm_set_chat_template";
      case SetTools _ -> "rkllm_set_function_tools";
      case SetCrossAttention _ -> "rkllm_set_cross_attn_params";
      case Destroy _ -> "rkllm_destroy";
    };
  }

  /** Encodes a message. */
  static void write(ToHost message, FrameWriter out) {
    switch (message) {
      case Open(int version, RuntimeOptions options) ->
          Values.put(out.begin(1).put(version), options);
      case Diagnose(RuntimeOptions options) -> Values.put(out.begin(2), options);
      case Load(ModelConfig config, boolean tokenizer, boolean lookup) -> {
        Values.put(out.begin(3), config);
        out.put(tokenizer).put(lookup);
      }
      case Run(int number, RunRequest request) -> Values.put(out.begin(4).put(number), request);
      case ClearCache(boolean keep) -> out.begin(5).put(keep);
      case ClearRanges(int[] from, int[] to) -> out.begin(6).put(from).put(to);
      case CacheSizes() -> out.begin(7);
      case LoadLora(String name, Path file, float scale) ->
          out.begin(8).put(name).put(file.toString()).put(scale);
      case LoadPromptCache(Path file) -> out.begin(9).put(file.toString());
      case ReleasePromptCache() -> out.begin(10);
      case SetTemplate(ChatTemplate template) -> Values.put(out.begin(11), template);
      case SetTools(FunctionTools tools) -> Values.put(out.begin(12), tools);
      case SetCrossAttention(CrossAttention data) -> Values.put(out.begin(13), data);
      case Destroy() -> out.begin(14);
      case Abort(int run) -> out.begin(15).put(run);
      case Pause(int run) -> out.begin(16).put(run);
      case Proceed(boolean proceed) -> out.begin(17).put(proceed);
      case OutputRead() -> out.begin(18);
      case TokenIds(int[] ids) -> out.begin(19).put(ids);
      case EmbeddingRows(NativeFloats rows) -> out.begin(20).put(rows);
      case FunctionFailed(Failure failure) -> failure.put(out.begin(21));
    }
  }

  /** Decodes the first call, of which other versions share only the beginning. */
  private static Open readOpen(FrameReader in) {
    int version = in.takeInt();
    if (version != Wire.VERSION) {
      in.skipRest();
      return new Open(version, RuntimeOptions.defaults());
    }
    return new Open(version, Values.takeRuntimeOptions(in));
  }

  /**
   * Decodes a message.
   *
   * @throws MalformedFrameException if there is no such message
   */
  static ToHost read(FrameReader in) {
    return switch (in.type()) {
      case 1 -> readOpen(in);
      case 2 -> new Diagnose(Values.takeRuntimeOptions(in));
      case 3 -> new Load(Values.takeModelConfig(in), in.takeBoolean(), in.takeBoolean());
      case 4 -> new Run(in.takeInt(), Values.takeRunRequest(in));
      case 5 -> new ClearCache(in.takeBoolean());
      case 6 -> new ClearRanges(in.takeInts(), in.takeInts());
      case 7 -> new CacheSizes();
      case 8 -> new LoadLora(in.takeString(), Values.takePath(in), in.takeFloat());
      case 9 -> new LoadPromptCache(Values.takePath(in));
      case 10 -> new ReleasePromptCache();
      case 11 -> new SetTemplate(Values.takeChatTemplate(in));
      case 12 -> new SetTools(Values.takeFunctionTools(in));
      case 13 -> new SetCrossAttention(Values.takeCrossAttention(in));
      case 14 -> new Destroy();
      case 15 -> new Abort(in.takeInt());
      case 16 -> new Pause(in.takeInt());
      case 17 -> new Proceed(in.takeBoolean());
      case 18 -> new OutputRead();
      case 19 -> new TokenIds(in.takeInts());
      case 20 -> new EmbeddingRows(in.takeNativeFloats());
      case 21 -> new FunctionFailed(Failure.take(in));
      default -> throw in.malformed("there is no such message");
    };
  }
}
