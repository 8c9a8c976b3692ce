package io.rkllm;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/** Has generations paused at places of their scripts that the test has chosen. */
final class Pausing {
  private final BlockingQueue<Generation> wanted = new LinkedBlockingQueue<>();
  private final BlockingQueue<CompletableFuture<Optional<PausedGeneration>>> begun =
      new LinkedBlockingQueue<>();

  /** In the run: asks for the pause of the generation that the test has named. */
  void here() throws InterruptedException {
    begun.add(begin(wanted.take()));
  }

  /** In the test: names the generation and waits until it has paused or ended. */
  Optional<PausedGeneration> await(Generation generation) throws Exception {
    wanted.add(generation);
    return begun.take().get();
  }

  /** Calls {@code pause()} on a thread of its own and returns when that waits for the answer. */
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

  /** Generates this and pauses it; where it ended before, again. */
  static PausedGeneration pausedRun(RkllmModel model, String prompt) {
    while (true) {
      Optional<PausedGeneration> paused = model.generate(prompt).pause();
      if (paused.isPresent()) {
        return paused.get();
      }
    }
  }
}
