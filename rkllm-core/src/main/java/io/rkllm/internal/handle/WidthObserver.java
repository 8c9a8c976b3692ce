package io.rkllm.internal.handle;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import org.jspecify.annotations.Nullable;

/** Receives only the width of a run's hidden states. */
record WidthObserver(EmbeddingWidth width) implements RunObserver {
  @Override
  public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
    return true;
  }

  @Override
  public void onMemberEnd(int member) {}

  @Override
  public void onLogits(int member, Logits logits) {}

  @Override
  public void onHiddenStates(int member, HiddenStates states) {
    width.learn(states.width());
  }

  @Override
  public void onFinish(RunPerformance performance) {}

  @Override
  public void onError(@Nullable String message) {}

  @Override
  public void onCallbackFailure(Throwable thrown) {}
}
