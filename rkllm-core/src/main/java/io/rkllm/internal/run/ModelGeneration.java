package io.rkllm.internal.run;

import io.rkllm.Generation;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.PausedGeneration;
import io.rkllm.RkllmException;
import io.rkllm.Token;
import io.rkllm.TokenIterator;
import io.rkllm.stream.LoggedWork;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;

/** The generation that applications read. */
public final class ModelGeneration extends LoggedWork<Token, GenerationResult>
    implements Generation {
  private final Answer answer;

  public ModelGeneration(Answer answer) {
    super(answer.log(), answer.ended());
    this.answer = answer;
    answer.readThrough(this);
  }

  public Answer answer() {
    return answer;
  }

  @Override
  public Flow.Publisher<Token> tokens() {
    return publisher();
  }

  @Override
  public TokenIterator iterator() {
    return new GenerationIterator(this);
  }

  @Override
  public void cancel() {
    answer.stop(Stop.CANCELLED);
  }

  @Override
  public Optional<PausedGeneration> pause() {
    if (!isDone()) {
      refuseOwnThread("pause()");
    }
    answer.run().pause();
    try {
      await();
    } catch (RuntimeException thrown) {
      answer.run().withdrawPause();
      throw thrown;
    }
    return Optional.ofNullable(answer.run().paused());
  }

  @Override
  protected Executor executor() {
    return answer.parts().executor();
  }

  @Override
  protected void refuseOwnThread(String what) {
    answer.parts().threads().refuseOwnThread(what);
  }

  /** Fails the generation, which can no longer serve all of its readers. */
  @Override
  protected void executorFailed(Throwable thrown) {
    answer.run().fail(thrown);
  }

  @Override
  protected InferenceException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new InferenceException(
        "the thread was interrupted while waiting for tokens; this reader was detached from the"
            + " generation",
        RkllmException.NO_CODE,
        answer.text(),
        cause);
  }

  /** Returns a string such as {@code Generation[qwen3.rkllm, 12 tokens so far]}. */
  @Override
  public String toString() {
    String state =
        switch (answer.ended().state()) {
          case RUNNING -> "%d tokens so far".formatted(answer.log().size());
          case SUCCESS -> answer.ended().resultNow().finishReason().toString();
          case FAILED, CANCELLED -> "failed";
        };
    return "Generation[%s, %s]".formatted(answer.parts().handle().name(), state);
  }
}
