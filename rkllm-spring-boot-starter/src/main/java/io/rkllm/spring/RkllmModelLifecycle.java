package io.rkllm.spring;

import io.rkllm.RkllmModel;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;

/**
 * Waits at the end of the application context until the models have no work left, at most as long
 * as the context allows for a phase. The context then destroys its beans, which closes the models.
 * An answer that has not ended by then fails.
 *
 * <p>The web server and executors stop in earlier phases, so that their requests and tasks can use
 * the models until their ends.
 */
final class RkllmModelLifecycle implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);
  private static final int PHASE = ExecutorConfigurationSupport.DEFAULT_PHASE - 1024;

  private final ConfigurableListableBeanFactory beans;
  private volatile boolean running;

  RkllmModelLifecycle(ConfigurableListableBeanFactory beans) {
    this.beans = beans;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    models().forEach(RkllmModelLifecycle::awaitIdle);
  }

  @Override
  public void stop(Runnable callback) {
    Thread.ofVirtual()
        .name("rkllm-spring-stop")
        .start(
            () -> {
              try {
                stop();
              } finally {
                callback.run();
              }
            });
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Returns false: the models stay open while a context is paused. */
  @Override
  public boolean isPauseable() {
    return false;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }

  /** Returns the models that exist. A lazy one that was never used is not created to be closed. */
  private List<RkllmModel> models() {
    return Stream.of(beans.getBeanNamesForType(RkllmModel.class, false, false))
        .filter(name -> beans.containsSingleton(name))
        .map(name -> beans.getBean(name, RkllmModel.class))
        .toList();
  }

  /** Waits for the model's turn: calls are made after everything that was queued before. */
  private static void awaitIdle(RkllmModel model) {
    try {
      var _ = model.kvCache().sizes();
    } catch (RuntimeException e) {
      // closed or paused, or without such a function: nothing to wait for
      LOG.debug("not waiting for a model that is about to be closed: {}", e.getMessage());
    }
  }
}
