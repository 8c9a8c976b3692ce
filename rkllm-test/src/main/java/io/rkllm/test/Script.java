package io.rkllm.test;

import io.rkllm.spi.RunPerformance;
import io.rkllm.spi.RunRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The behavior of a {@link ScriptedRuntime} in one run: steps that are performed one after the
 * other on the model's thread. Immutable.
 *
 * @param steps the steps
 * @param returnCode the return code of the run
 * @param finishes whether a run that returns 0 reports its end, normal or aborted
 */
public record Script(List<Step> steps, int returnCode, boolean finishes) {

  /** Creates a script, copying the steps. */
  public Script {
    steps = List.copyOf(steps);
  }

  /** A step of a run. */
  public sealed interface Step {}

  /** The kind of a token. */
  enum Kind {
    WHOLE,
    /** Ends inside a character, which the runtime reports. */
    PARTIAL,
    /** The token that ends the answer; it has no text and is not put into the cache. */
    STOP
  }

  /** A token, whose bytes may end inside a character. */
  static final class TokenStep implements Step {
    final int id;
    final byte[] utf8;
    final Kind kind;

    TokenStep(int id, byte[] utf8, Kind kind) {
      this.id = id;
      this.utf8 = utf8.clone();
      this.kind = kind;
    }
  }

  /** Reports the runtime's measurements. */
  record FinishStep(RunPerformance performance) implements Step {}

  /** Reports an error. */
  record ErrorStep(@Nullable String message) implements Step {}

  /**
   * Performs an action of the test in the middle of the run, such as waiting for a latch. May
   * throw.
   */
  record ActionStep(Action action) implements Step {}

  /** An action that a test performs in the middle of a run. */
  @FunctionalInterface
  public interface Action {
    /** Performs the action. */
    void run() throws Exception;
  }

  /** Returns a script that generates the given tokens. */
  public static Script of(String... tokens) {
    List<Step> steps = new ArrayList<>();
    for (String token : tokens) {
      steps.add(
          new TokenStep(steps.size() + 1, token.getBytes(StandardCharsets.UTF_8), Kind.WHOLE));
    }
    return new Script(steps, 0, true);
  }

  /** Returns a script that returns 0 without calling back. */
  public static Script silent() {
    return of().withoutFinish();
  }

  /**
   * Returns a script that generates the given number of tokens, {@code "0 "}, {@code "1 "} and so
   * on.
   */
  public static Script counting(int tokens) {
    return of(IntStream.range(0, tokens).mapToObj(i -> i + " ").toArray(String[]::new));
  }

  /** Returns a script that generates one token for each piece. */
  public static Script ofPieces(List<byte[]> pieces) {
    return new Script(
        IntStream.range(0, pieces.size())
            .<Step>mapToObj(i -> new TokenStep(i + 1, pieces.get(i), Kind.WHOLE))
            .toList(),
        0,
        true);
  }

  /** Returns a function whose scripts repeat the prompt, word by word. */
  public static Function<RunRequest, Script> echo() {
    return request -> of(ScriptedRuntime.promptOf(request).splitWithDelimiters(" ", 0));
  }

  /** Returns this script with an action appended. */
  public Script then(Action action) {
    return with(new ActionStep(action));
  }

  /** Returns this script with tokens appended. */
  public Script then(String... tokens) {
    return then(of(tokens));
  }

  /** Returns this script with the steps of another appended, and the ending of this one. */
  public Script then(Script more) {
    List<Step> longer = new ArrayList<>(steps);
    longer.addAll(more.steps);
    return new Script(longer, returnCode, finishes);
  }

  /**
   * Returns this script with a token appended that consists of the given bytes and ends inside a
   * character.
   */
  public Script thenPartial(byte... utf8) {
    return with(new TokenStep(steps.size() + 1, utf8, Kind.PARTIAL));
  }

  /**
   * Returns this script with the token appended that ends an answer, as boards report it: without
   * text.
   */
  public Script thenStopToken() {
    return with(new TokenStep(0, new byte[0], Kind.STOP));
  }

  /** Returns this script with an error appended, with or without an error message. */
  public Script thenError(@Nullable String message) {
    return with(new ErrorStep(message));
  }

  /** Returns this script with the runtime's measurements appended. */
  public Script thenFinish(RunPerformance performance) {
    return with(new FinishStep(performance));
  }

  /** Returns this script with another return code. */
  public Script returning(int code) {
    return new Script(steps, code, finishes);
  }

  /** Returns this script without a report of the end. */
  public Script withoutFinish() {
    return new Script(steps, returnCode, false);
  }

  /** Returns the remainder of this script from the given step on. */
  Script from(int step) {
    return new Script(steps.subList(step, steps.size()), returnCode, finishes);
  }

  /** Returns whether a step reports the end. */
  boolean hasEnding() {
    return steps.stream().anyMatch(step -> step instanceof FinishStep || step instanceof ErrorStep);
  }

  private Script with(Step step) {
    List<Step> longer = new ArrayList<>(steps);
    longer.add(step);
    return new Script(longer, returnCode, finishes);
  }
}
