package io.rkllm.internal.model;

import io.rkllm.LoraAdapter;
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
 * What can be given to a loaded model besides its prompts: adapters, a prompt cache, a template,
 * tools, cross-attention; and the rules of their order. Each call is made on the model's thread.
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
    refuseTakenName(name);
    queue.call(
        "loadLora()",
        () -> {
          refuseTakenName(name); // another caller may have taken it meanwhile
          NativeCodes.check(
              "rkllm_load_lora",
              handle.model().loadLora(name, path, strength),
              "LoRA adapter "
                  + path
                  + " could not be loaded; it must have been made for this very model");
          return loraNames.add(name);
        });
    return new Lora(handle, name, path, strength);
  }

  private void refuseTakenName(String name) {
    if (loraNames.contains(name)) {
      throw new IllegalArgumentException(
          "a LoRA adapter named "
              + name
              + " is loaded already; the runtime knows no unload, so give this one another name");
    }
  }

  /**
   * The name of an adapter, for a run; null for none.
   *
   * @throws IllegalArgumentException if it is another model's
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
                    + " could not be loaded; it must have been saved by this very model on this"
                    + " release of the runtime. Save it again");
            promptCache = cache;
            return path;
          });
    } catch (RuntimeException refused) {
      cache.orphaned = true; // it may be loaded all the same, if its caller was interrupted
      throw refused;
    }
    return cache;
  }

  private void refuseSecondPromptCache() {
    LoadedPromptCache loaded = promptCache;
    if (loaded != null && !loaded.orphaned) {
      throw new IllegalStateException(
          "a prompt cache is loaded already, and there can be one at a time; close it first");
    }
  }

  /** Release 1.2.3 ended the process where a prompt cache was loaded after an aborted run. */
  private void clearAfterAbort() {
    if (handle.cacheLeftByAbort()) {
      NativeCodes.check(
          "rkllm_clear_kv_cache",
          handle.clearKvCache(false),
          "the KV cache could not be cleared of what a stopped run left, which has to be done before"
              + " a prompt cache is loaded");
    }
  }

  /** On the model's thread. */
  private void releaseOrphan() {
    if (promptCache != null) {
      promptCache = null;
      NativeCodes.check(
          "rkllm_release_prompt_cache",
          handle.model().releasePromptCache(),
          "the prompt cache that was loaded before could not be released");
    }
  }

  private final class LoadedPromptCache implements PromptCache {
    private final Path file;
    private final AtomicBoolean closed = new AtomicBoolean();
    volatile boolean orphaned; // nobody has got it

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
      } catch (IllegalStateException busy) {
        if (closed.get()) {
          throw busy; // by native code, not by the queue
        }
        orphaned = true; // another one may be loaded, before which this one is dropped
        queue.post(this::release); // when the pause or the function that calls is over
      }
    }

    /** On the model's thread. */
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
            handle.cacheWasCleared();
          }
          return code;
        },
        "rkllm_set_chat_template",
        "the chat template could not be set");
    LOG.info(
        "{}: has a chat template of the program's now; its KV cache was cleared, its own thinking"
            + " and tools are off",
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
        "the tools could not be set; perhaps the model has no chat template that knows tools");
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
              + " for good; load the model anew, or write the tools into the prompt");
    }
  }

  /** What changes a template. */
  @FunctionalInterface
  private interface Change {
    int apply(NativeModel model);
  }

  private void changeTemplate(String call, Change change, String function, String failure) {
    conversations.refuseWithoutTemplate(call);
    conversations.refuseCacheLoss(call);
    queue.call(
        call,
        () -> {
          conversations.refuseCacheLoss(call); // a session may have been opened meanwhile
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
   * Refuses a run that would read what has not been set.
   *
   * @throws IllegalStateException if it would
   */
  void refuseWithoutCrossAttention() {
    if (handle.config().crossAttention() && !crossAttentionSet) {
      throw new IllegalStateException(
          "the model was loaded for cross-attention, and has nothing to attend to yet; call"
              + " setCrossAttention() first");
    }
  }
}
