package io.rkllm.internal.model;

import io.rkllm.KvCache;
import io.rkllm.internal.check.NativeCodes;
import io.rkllm.internal.run.ModelParts;
import io.rkllm.internal.session.Conversations;

/** The KV cache of a loaded model. Each call is made on the model's thread. */
final class ModelKvCache implements KvCache {
  private final ModelParts parts;
  private final Conversations conversations;

  ModelKvCache(ModelParts parts, Conversations conversations) {
    this.parts = parts;
    this.conversations = conversations;
  }

  @Override
  public int[] sizes() {
    return parts.queue().call("KvCache.sizes()", parts.handle()::kvCacheSizes);
  }

  @Override
  public void clear() {
    clear("KvCache.clear()", false);
  }

  @Override
  public void clearKeepingSystemPrompt() {
    clear("KvCache.clearKeepingSystemPrompt()", true);
  }

  private void clear(String call, boolean keepSystemPrompt) {
    parts.queue().refuseClosed();
    conversations.refuseCacheLoss(call);
    parts
        .queue()
        .call(
            call,
            () -> {
              conversations.refuseCacheLoss(call); // a session may have been opened in the meantime
              NativeCodes.check(
                  "rkllm_clear_kv_cache",
                  parts.handle().clearKvCache(keepSystemPrompt),
                  "the KV cache could not be cleared");
              return call;
            });
  }
}
