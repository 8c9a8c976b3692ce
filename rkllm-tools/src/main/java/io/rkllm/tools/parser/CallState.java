package io.rkllm.tools.parser;

import io.rkllm.tools.parser.CallBlock.Step;

/** A state of a {@link CallBlock}, which says what the next character means. */
sealed interface CallState permits BeforeCall, InCall, BehindCall, BrokenCall {
  /** Takes the next character. */
  Step accept(char c);

  /** Ends the answer here and returns {@code CLOSED} or {@code NO_CALL}. */
  Step end();

  /** Ends the block before this character, because it is too long. */
  Step tooLong(char c);

  /** Reports the complete or malformed call. */
  void finish();

  /** Returns how many characters before the current one are not part of the block. */
  int giveBack();
}
