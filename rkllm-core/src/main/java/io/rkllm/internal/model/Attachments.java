package io.rkllm.internal.model;

import io.rkllm.LoraAdapter;
import io.rkllm.ModelClosedException;
import io.rkllm.PromptCache;
import io.rkllm.RkllmModel;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.CrossAttention;
import io.rkllm.input.FunctionTools;
import io.rkllm.internal.check.Check;
import io.rkllm.internal.check.LiteralTags;
import io.rkllm.internal.check.NativeCodes;
import io.rkllm.internal.handle.Leases;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.internal.queue.JobQueue;
import io.rkllm.internal.session.Conversations;
import io.rkllm.spi.NativeModel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets what a loaded model uses besides its prompts (adapters, a prompt cache, a template, tools,
 * cross-attention) and enforces the rules for their order. Each call is made on the model's thread.
 */
final class Attachments {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  private final ModelHandle handle;
  private final JobQueue queue;
  private final Conversations conversations;
  private final Set<String> loraNames = ConcurrentHashMap.newKeySet();
  private volatile @Nullable LoadedPromptCache promptCache; // set by the model's thread
  private volatile boolean templateReplaced;
  private volatile boolean crossAttentionSet;

  Attachments(ModelHandle handle, JobQueue queue, Conversations conversations) {
    this.handle = handle;
    this.queue = queue;
    this.conversations = conversations;
  }

  // ---- LoRA adapters

  LoraAdapter loadLora(String name, Path file, double scale) {
    Check.nonEmptyText("name", name);
    Path path = Check.readableFile("LoRA adapter", file);
    float strength = Check.inRange("scale", scale, -1000, 1000);
    queue.refuseClosed();
    refuseTakenName(name);
    queue.call(
        "loadLora()",
        () -> {
          refuseTakenName(name); // another caller may have used it in the meantime
          NativeCodes.check(
              "rkllm_load_lora",
              handle.model().loadLora(name, path, strength),
              "LoRA adapter "
                  + path
                  + " could not be loaded; it must have been converted for this model");
          return loraNames.add(name);
        });
    return new Lora(handle, name, path, strength);
  }

  private void refuseTakenName(String name) {
    if (loraNames.contains(name)) {
      throw new IllegalArgumentException(
          "a LoRA adapter named "
              + name
              + " is already loaded; adapters cannot be unloaded, so choose another name");
    }
  }

  /**
   * Returns the name of the adapter for a run, or null for none.
   *
   * @throws IllegalArgumentException if the adapter belongs to another model
   */
  @Nullable String nameOf(@Nullable LoraAdapter adapter) {
    if (adapter == null) {
      return null;
    }
    if (adapter instanceof Lora lora && lora.owner().equals(handle)) {
      return lora.name();
    }
    throw new IllegalArgumentException(
        "LoRA adapter "
            + adapter.name()
            + " was loaded into another model; load it into this one with loadLora()");
  }

  /** An adapter of a model. */
  private record Lora(ModelHandle owner, String name, Path file, float scale)
      implements LoraAdapter {
    @Override
    public String toString() {
      return "LoRA adapter " + name + " × " + scale;
    }
  }

  // ---- Prompt cache

  PromptCache loadPromptCache(Path file) {
    Path path = Check.readableFile("prompt cache", file);
    String call = "loadPromptCache()";
    queue.refuseClosed();
    conversations.refuseCacheLoss(call);
    queue.refuseClosedOrPaused(call);
    refuseSecondPromptCache();
    LoadedPromptCache cache = new LoadedPromptCache(path);
    try {
      queue.call(
          call,
          () -> {
            conversations.refuseCacheLoss(call);
            refuseSecondPromptCache();
            releaseOrphan();
            clearAfterAbort();
            NativeCodes.check(
                "rkllm_load_prompt_cache",
                handle.model().loadPromptCache(path),
                "prompt cache "
                    + path
                    + " could not be loaded; it must have been saved by the same model and runtime"
                    + " release. Save it again");
            promptCache = cache;
            return path;
          });
    } catch (RuntimeException refused) {
      cache.orphaned = true; // it may have been loaded even if its caller was interrupted
      throw refused;
    }
    return cache;
  }

  private void refuseSecondPromptCache() {
    LoadedPromptCache loaded = promptCache;
    if (loaded != null && !loaded.orphaned) {
      throw new IllegalStateException("a prompt cache is already loaded; close it first");
    }
  }

  /**
   * Clears the KV cache after an aborted run. Without this, release 1.2.3 ends the process when a
   * prompt cache is loaded.
   */
  private void clearAfterAbort() {
    if (handle.cacheLeftByAbort()) {
      NativeCodes.check(
          "rkllm_clear_kv_cache",
          handle.clearKvCache(false),
          "the KV cache could not be cleared after a stopped run, which is required before a prompt"
              + " cache is loaded");
    }
  }

  /** Releases a prompt cache that its caller never received. Called on the model's thread. */
  private void releaseOrphan() {
    if (promptCache != null) {
      promptCache = null;
      NativeCodes.check(
          "rkllm_release_prompt_cache",
          handle.model().releasePromptCache(),
          "the previous prompt cache could not be released");
    }
  }

  private final class LoadedPromptCache implements PromptCache {
    private final Path file;
    private final AtomicBoolean closed = new AtomicBoolean();
    volatile boolean orphaned; // never returned to its caller

    LoadedPromptCache(Path file) {
      this.file = file;
    }

    @Override
    public Path file() {
      return file;
    }

    @Override
    public void close() {
      if (!queue.isOpen() || closed.get()) {
        return;
      }
      try {
        queue.call(
            "PromptCache.close()",
            () -> {
              release();
              return file;
            });
      } catch (IllegalStateException | ModelClosedException busy) {
        if (closed.get()) {
          throw busy; // thrown by native code, not by the queue
        }
        orphaned = true; // it is released before another one is loaded
        queue.post(this::release); // after the pause or the calling function has ended
      }
    }

    /** Releases the prompt cache. Called on the model's thread. */
    private void release() {
      if (closed.compareAndSet(false, true)) {
        promptCache = null;
        NativeCodes.check(
            "rkllm_release_prompt_cache",
            handle.model().releasePromptCache(),
            "the prompt cache could not be released");
      }
    }

    @Override
    public String toString() {
      return "prompt cache " + file;
    }
  }

  // ---- Template, tools, cross-attention

  void setChatTemplate(ChatTemplate template) {
    Check.nonNull("template", template);
    String call = "setChatTemplate()";
    changeTemplate(
        call,
        model -> {
          int code = model.setChatTemplate(withoutLiteralTags(template));
          if (code == 0) {
            templateReplaced = true;
            handle.templateWasSet(template);
          }
          return code;
        },
        "rkllm_set_chat_template",
        "the chat template could not be set");
    LOG.info(
        "{}: the application replaced the chat template; the KV cache was cleared, and the"
            + " template's thinking and tools are off",
        handle.name());
  }

  void setFunctionTools(FunctionTools tools) {
    Check.nonNull("tools", tools);
    changeTemplate(
        "setFunctionTools()",
        model -> {
          refuseAfterTemplate();
          return model.setFunctionTools(withoutLiteralTags(tools));
        },
        "rkllm_set_function_tools",
        "the tools could not be set; the model may have no chat template that supports tools");
  }

  private static ChatTemplate withoutLiteralTags(ChatTemplate template) {
    return new ChatTemplate(
        LiteralTags.neutralize(template.systemPrompt()),
        LiteralTags.neutralize(template.prefix()),
        LiteralTags.neutralize(template.postfix()));
  }

  private static FunctionTools withoutLiteralTags(FunctionTools tools) {
    return new FunctionTools(
        LiteralTags.neutralize(tools.systemPrompt()),
        LiteralTags.neutralize(tools.toolsJson()),
        LiteralTags.neutralize(tools.toolResponseTag()));
  }

  private void refuseAfterTemplate() {
    if (templateReplaced) {
      throw new IllegalStateException(
          "setFunctionTools() needs the model's own template, which setChatTemplate() has replaced"
              + " permanently; load the model again, or put the tools into the prompt");
    }
  }

  /** A change of the template. */
  @FunctionalInterface
  private interface Change {
    int apply(NativeModel model);
  }

  private void changeTemplate(String call, Change change, String function, String failure) {
    queue.refuseClosed();
    conversations.refuseWithoutTemplate(call);
    conversations.refuseCacheLoss(call);
    queue.call(
        call,
        () -> {
          conversations.refuseCacheLoss(call); // a session may have been opened in the meantime
          NativeCodes.check(function, change.apply(handle.model()), failure);
          return call;
        });
  }

  void setCrossAttention(CrossAttention crossAttention) {
    queue.call(
        "setCrossAttention()",
        () -> {
          Leases leases = Leases.of(crossAttention);
          int code = handle.model().setCrossAttention(crossAttention);
          handle.holdForCrossAttention(leases, code == 0);
          NativeCodes.check(
              "rkllm_set_cross_attn_params", code, "cross-attention could not be set");
          crossAttentionSet = true;
          return crossAttention;
        });
  }

  /**
   * Rejects a run that would use cross-attention data before it was set.
   *
   * @throws IllegalStateException if it was not set
   */
  void refuseWithoutCrossAttention() {
    if (handle.config().crossAttention() && !crossAttentionSet) {
      throw new IllegalStateException(
          "the model was loaded for cross-attention, but its data has not been set; call"
              + " setCrossAttention() first");
    }
  }
}
