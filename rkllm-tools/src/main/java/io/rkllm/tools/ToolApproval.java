package io.rkllm.tools;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.Check;

/**
 * Decides whether a tool call may run, such as by asking the user.
 *
 * <p>Called before each call of a known tool, one at a time and in their order, on a virtual thread
 * of its own. It may block for as long as it likes; the tool's timeout begins afterwards. When the
 * question is cancelled, the thread is interrupted and what it gives is not looked at. If it
 * throws, the call does not run.
 */
@FunctionalInterface
public interface ToolApproval {

  /** Whether this call may run. */
  Decision decide(ToolCall call) throws Exception;

  /**
   * What was decided.
   *
   * @param approved whether the call may run
   * @param reason what the model is told if it may not
   */
  record Decision(boolean approved, String reason) {
    /** Checks the words. */
    public Decision {
      Check.nonNull("reason", reason);
    }

    /** The call may run. */
    public static Decision approve() {
      return new Decision(true, "");
    }

    /**
     * The call must not run.
     *
     * @param reason what the model is told, such as {@code The user does not want that.}
     */
    public static Decision reject(String reason) {
      return new Decision(false, reason);
    }
  }
}
