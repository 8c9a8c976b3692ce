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
 * What a {@link ScriptedRuntime} does in one run: steps, one after the other, on the model's
 * thread. Immutable.
 *
 * @param steps what happens
 * @param returnCode what the run returns
 * @param finishes whether a run that returns 0 says that it has come to its end, aborted or not
 */
public record Script(List<Step> steps, int returnCode, boolean finishes) {

  /** Copies the steps. */
  public Script {
    steps = List.copyOf(steps);
  }

  /** One step of a run. */
  public sealed interface Step {}

  /** What a token is to the runtime. */
  enum Kind {
    WHOLE,
    /** It ends inside a character, and the runtime says so. */
    PARTIAL,
    /** The token that ends the answer: it has no text, and the cache does not take it. */
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

  /** The runtime's figures. */
  record FinishStep(RunPerformance performance) implements Step {}

  /** The runtime reports an error. */
  record ErrorStep(@Nullable String message) implements Step {}

  /**
   * Something for the test to do in the middle of the run, such as waiting for a latch. May throw.
   */
  record ActionStep(Action action) implements Step {}

  /** What a test does in the middle of a run. */
  @FunctionalInterface
  public interface Action {
    /** Does it. */
    void run() throws Exception;
  }

  /** These tokens. */
  public static Script of(String... tokens) {
    List<Step> steps = new ArrayList<>();
    for (String token : tokens) {
      steps.add(
          new TokenStep(steps.size() + 1, token.getBytes(StandardCharsets.UTF_8), Kind.WHOLE));
    }
    return new Script(steps, 0, true);
  }

  /** Returns 0 and calls nothing back. */
  public static Script silent() {
    return of().withoutFinish();
  }

  /** So many tokens, {@code "0 "}, {@code "1 "} and so on. */
  public static Script counting(int tokens) {
    return of(IntStream.range(0, tokens).mapToObj(i -> i + " ").toArray(String[]::new));
  }

  /** These bytes, one token for each piece. */
  public static Script ofPieces(List<byte[]> pieces) {
    return new Script(
        IntStream.range(0, pieces.size())
            .<Step>mapToObj(i -> new TokenStep(i + 1, pieces.get(i), Kind.WHOLE))
            .toList(),
        0,
        true);
  }

  /** The prompt, word by word. */
  public static Function<RunRequest, Script> echo() {
    return request -> of(ScriptedRuntime.promptOf(request).splitWithDelimiters(" ", 0));
  }

  /** The same, and then a pause in which the test does something. */
  public Script then(Action action) {
    return with(new ActionStep(action));
  }

  /** The same, and then more tokens. */
  public Script then(String... tokens) {
    return then(of(tokens));
  }

  /** The same, and then the steps of another, ending as this one does. */
  public Script then(Script more) {
    List<Step> longer = new ArrayList<>(steps);
    longer.addAll(more.steps);
    return new Script(longer, returnCode, finishes);
  }

  /** The same, and then a token that ends inside a character, with these of its bytes. */
  public Script thenPartial(byte... utf8) {
    return with(new TokenStep(steps.size() + 1, utf8, Kind.PARTIAL));
  }

  /** The same, and then the token that ends an answer, as boards report it: without text. */
  public Script thenStopToken() {
    return with(new TokenStep(0, new byte[0], Kind.STOP));
  }

  /** The same, and then an error report with these words or without. */
  public Script thenError(@Nullable String message) {
    return with(new ErrorStep(message));
  }

  /** The same, and then the runtime's figures. */
  public Script thenFinish(RunPerformance performance) {
    return with(new FinishStep(performance));
  }

  /** The same, returning this code. */
  public Script returning(int code) {
    return new Script(steps, code, finishes);
  }

  /** The same, not saying that it has come to its end. */
  public Script withoutFinish() {
    return new Script(steps, returnCode, false);
  }

  /** What is left of it from this step on. */
  Script from(int step) {
    return new Script(steps.subList(step, steps.size()), returnCode, finishes);
  }

  /** Whether it tells of its end itself. */
  boolean hasEnding() {
    return steps.stream().anyMatch(step -> step instanceof FinishStep || step instanceof ErrorStep);
  }

  private Script with(Step step) {
    List<Step> longer = new ArrayList<>(steps);
    longer.add(step);
    return new Script(longer, returnCode, finishes);
  }
}
