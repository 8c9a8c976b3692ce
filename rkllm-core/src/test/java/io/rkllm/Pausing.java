package io.rkllm;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/** Pauses generations at points of their scripts that the test chooses. */
final class Pausing {
  private final BlockingQueue<Generation> wanted = new LinkedBlockingQueue<>();
  private final BlockingQueue<CompletableFuture<Optional<PausedGeneration>>> begun =
      new LinkedBlockingQueue<>();

  /** Called in the run: requests the pause of the generation chosen by the test. */
  void here() throws InterruptedException {
    begun.add(begin(wanted.take()));
  }

  /** Called in the test: chooses the generation and waits until it has paused or ended. */
  Optional<PausedGeneration> await(Generation generation) throws Exception {
    wanted.add(generation);
    return begun.take().get();
  }

  /** Calls {@code pause()} on another thread and returns when that thread is waiting. */
  static CompletableFuture<Optional<PausedGeneration>> begin(Generation generation) {
    CompletableFuture<Optional<PausedGeneration>> answer = new CompletableFuture<>();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    answer.complete(generation.pause());
                  } catch (Throwable thrown) {
                    answer.completeExceptionally(thrown);
                  }
                });
    while (caller.getState() != Thread.State.WAITING && caller.isAlive()) {
      Thread.onSpinWait();
    }
    return answer;
  }

  /** Generates and pauses an answer; tries again if it ended before it could pause. */
  static PausedGeneration pausedRun(RkllmModel model, String prompt) {
    while (true) {
      Optional<PausedGeneration> paused = model.generate(prompt).pause();
      if (paused.isPresent()) {
        return paused.get();
      }
    }
  }
}
