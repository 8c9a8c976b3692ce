package io.rkllm.internal.run;

import io.rkllm.Token;
import io.rkllm.stream.EventLog;

/**
 * Creates the tokens of one answer from the bytes that native code reports: decodes them, withholds
 * possible stop sequences, and ends the answer at limits of the SDK. Its methods are called one at
 * a time, on the thread that native code calls back on. The model's thread reads the fields after
 * the run has returned. Logs nothing and runs no user code.
 */
final class TokenRecorder {
  private final EventLog<Token> log;
  private final Owner owner;
  private final Utf8Decoder decoder = new Utf8Decoder();
  private final StopSequences stopSequences;
  private final int limit;
  private final boolean limitEnforcedBySdk;
  private final boolean endsByToken;

  private boolean ended;
  private boolean partial; // whether the last token ended inside a character
  private boolean stopToken; // whether the last token was the one that ends an answer
  private int generated;
  private long firstTokenAt;

  /** The operations of the answer that the recorder needs. */
  interface Owner {
    /** Called at the first token. */
    void firstToken();

    /** Requests that the answer end soon. */
    void stop(Stop reason);
  }

  /**
   * @param limit the maximum number of tokens in the answer, including those before a pause
   * @param endsByToken whether a token without text means that the model has ended its answer
   */
  TokenRecorder(EventLog<Token> log, RunPlan plan, int limit, boolean endsByToken, Owner owner) {
    this.log = log;
    this.owner = owner;
    this.stopSequences = new StopSequences(plan.stopSequences());
    this.limit = limit - plan.alreadyGenerated();
    // It is unknown whether the runtime counts the tokens before a pause.
    this.limitEnforcedBySdk = plan.limitEnforcedBySdk() || plan.alreadyGenerated() > 0;
    this.endsByToken = endsByToken;
  }

  /**
   * Records a token.
   *
   * @param partial whether the token ends inside a character, according to the runtime
   */
  void onToken(int tokenId, byte[] utf8, int length, boolean partial) {
    if (generated++ == 0) {
      firstTokenAt = System.nanoTime();
      owner.firstToken();
    }
    log.append(new Token(tokenId, stopSequences.accept(decoder.decode(utf8, length))));
    this.partial = partial;
    stopToken = endsByToken && length == 0 && !partial && !decoder.isWithholding();
    if (stopSequences.found()) {
      owner.stop(Stop.STOP_SEQUENCE);
    } else if (limitEnforcedBySdk && limitReached()) {
      owner.stop(Stop.TOKEN_LIMIT);
    }
  }

  /** Replaces an incomplete character by U+FFFD, because the answer has ended. */
  void flush() {
    if (stopSequences.found()) {
      return;
    }
    String rest = stopSequences.accept(decoder.flush()) + stopSequences.flush();
    if (!rest.isEmpty()) {
      log.append(new Token(Token.NO_ID, rest));
    }
  }

  /** Returns whether the run can pause now: no text is withheld, and more tokens may follow. */
  boolean canPause() {
    return !partial
        && !decoder.isWithholding()
        && !stopSequences.isWithholding()
        && !stopToken
        && !limitReached();
  }

  /** Returns whether the token limit was reached, no matter who enforces it. */
  boolean limitReached() {
    return generated >= limit;
  }

  /**
   * Returns whether the last token was the one with which the model ends its answer: a complete
   * token without text.
   */
  boolean endedByStopToken() {
    return stopToken;
  }

  /** Returns whether a stop sequence has ended the answer. */
  boolean stopSequenceFound() {
    return stopSequences.found();
  }

  /**
   * Notes that native code will report nothing more for the answer. Returns true the first time.
   */
  boolean endedByRuntime() {
    boolean first = !ended;
    ended = true;
    return first;
  }

  /** Returns whether native code has ended the answer while others of its batch continue. */
  boolean hasEnded() {
    return ended;
  }

  /** Returns the number of tokens. */
  int generated() {
    return generated;
  }

  /**
   * Returns the time of the first token, by {@link System#nanoTime}, or {@code otherwise} if there
   * was none.
   */
  long firstTokenAt(long otherwise) {
    return generated > 0 ? firstTokenAt : otherwise;
  }
}
