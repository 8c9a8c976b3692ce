package io.rkllm.internal.run;

import io.rkllm.Token;
import io.rkllm.stream.EventLog;

/**
 * Makes the tokens of one answer out of the bytes that native code reports: decodes them, holds
 * back what may be a stop sequence, and ends the answer at a limit of ours. Its methods are called
 * on whichever thread native code calls back on, one at a time; the model's thread reads the fields
 * once the run has returned. Logs nothing and runs no user code.
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

  /** The answer, as far as a recorder has to know it. */
  interface Owner {
    /** The first token has come. */
    void firstToken();

    /** Requests that the answer end soon. */
    void stop(Stop reason);
  }

  /**
   * @param limit how many tokens the answer may have, those before a pause included
   * @param endsByToken whether a token without text means that the model has ended its answer
   */
  TokenRecorder(EventLog<Token> log, RunPlan plan, int limit, boolean endsByToken, Owner owner) {
    this.log = log;
    this.owner = owner;
    this.stopSequences = new StopSequences(plan.stopSequences());
    this.limit = limit - plan.alreadyGenerated();
    // Whether the runtime counts what came before a pause is not known.
    this.limitEnforcedBySdk = plan.limitEnforcedBySdk() || plan.alreadyGenerated() > 0;
    this.endsByToken = endsByToken;
  }

  /**
   * Takes a token.
   *
   * @param partial whether the runtime says that it ends inside a character
   */
  void onToken(int tokenId, byte[] utf8, int length, boolean partial) {
    if (generated++ == 0) {
      firstTokenAt = System.nanoTime();
      owner.firstToken();
    }
    log.append(new Token(tokenId, stopSequences.accept(decoder.decode(utf8, length))));
    this.partial = partial;
    stopToken = endsByToken && length == 0 && !partial && !decoder.holdsBack();
    if (stopSequences.found()) {
      owner.stop(Stop.STOP_SEQUENCE);
    } else if (limitEnforcedBySdk && limitReached()) {
      owner.stop(Stop.TOKEN_LIMIT);
    }
  }

  /** The answer has ended: what is left of an unfinished character becomes U+FFFD. */
  void flush() {
    if (stopSequences.found()) {
      return;
    }
    String rest = stopSequences.accept(decoder.flush()) + stopSequences.flush();
    if (!rest.isEmpty()) {
      log.append(new Token(Token.NO_ID, rest));
    }
  }

  /** Whether all that came is shown or decided, and more may come, so that a pause makes sense. */
  boolean canPause() {
    return !partial
        && !decoder.holdsBack()
        && !stopSequences.holdsBack()
        && !stopToken
        && !limitReached();
  }

  /** Whether it may have no more tokens, whoever keeps the limit. */
  boolean limitReached() {
    return generated >= limit;
  }

  /**
   * Whether the last token was the one by which the model ends its answer: a whole token without
   * text.
   */
  boolean endedByStopToken() {
    return stopToken;
  }

  /** Whether a stop sequence has ended it. */
  boolean stopSequenceFound() {
    return stopSequences.found();
  }

  /** Native code will report no more of it; true the first time. */
  boolean endedByRuntime() {
    boolean first = !ended;
    ended = true;
    return first;
  }

  /** Whether native code has ended it, while others of its batch go on. */
  boolean hasEnded() {
    return ended;
  }

  /** How many tokens came. */
  int generated() {
    return generated;
  }

  /** When the first token came, by {@link System#nanoTime}; {@code otherwise} if none did. */
  long firstTokenAt(long otherwise) {
    return generated > 0 ? firstTokenAt : otherwise;
  }
}
