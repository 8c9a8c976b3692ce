package io.rkllm.spring;

import io.rkllm.ModelStats;
import io.rkllm.RkllmModel;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * The health of a model: down if native code does not return from a run that was stopped. Does not
 * wait for the model.
 */
final class RkllmHealthIndicator extends AbstractHealthIndicator {
  private final RkllmModel model;

  RkllmHealthIndicator(RkllmModel model) {
    super("checking the model failed");
    this.model = model;
  }

  @Override
  protected void doHealthCheck(Health.Builder health) {
    ModelStats stats = model.stats();
    health
        .status(model.isUnresponsive() ? "DOWN" : "UP")
        .withDetail("runtime", model.runtime().release())
        .withDetail("contextLength", model.contextLength())
        .withDetail("generations", stats.generations())
        .withDetail("failed", stats.failed());
    if (model.isUnresponsive()) {
      health.withDetail(
          "reason",
          "native code has not returned from a run that was stopped; restart the process");
    }
  }
}
