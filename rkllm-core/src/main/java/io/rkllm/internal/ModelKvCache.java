package io.rkllm.internal;

import io.rkllm.KvCache;

/** The KV cache of a loaded model; each call is made on the model's thread. */
final class ModelKvCache implements KvCache {
  private final ModelWorker worker;
  private final Conversations conversations;

  ModelKvCache(ModelWorker worker, Conversations conversations) {
    this.worker = worker;
    this.conversations = conversations;
  }

  @Override
  public int[] sizes() {
    return worker.queue().call("KvCache.sizes()", _ -> worker.kvCacheSizes());
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
    conversations.refuseCacheLoss(call);
    worker
        .queue()
        .call(
            call,
            _ -> {
              conversations.refuseCacheLoss(call); // a session may have been opened meanwhile
              NativeCodes.check(
                  "rkllm_clear_kv_cache",
                  worker.clearKvCache(keepSystemPrompt),
                  "the KV cache could not be cleared");
              return call;
            });
  }
}
