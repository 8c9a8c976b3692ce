package io.rkllm.tools;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.internal.Check;

/**
 * Decides whether a tool call may run, such as by asking the user.
 *
 * <p>Called before each call of a known tool, one at a time and in their order, on its own virtual
 * thread. It may block for any length of time; the tool's timeout starts afterward. If the question
 * is cancelled, the thread is interrupted and the decision is ignored. If it throws, the call does
 * not run.
 */
@FunctionalInterface
public interface ToolApproval {

  /** Decides whether a call may run. */
  Decision decide(ToolCall call) throws Exception;

  /**
   * The decision about a call.
   *
   * @param approved whether the call may run
   * @param reason the reason sent to the model if the call may not run
   */
  record Decision(boolean approved, String reason) {
    /** Validates the reason. */
    public Decision {
      Check.nonNull("reason", reason);
    }

    /** Returns a decision that lets the call run. */
    public static Decision approve() {
      return new Decision(true, "");
    }

    /**
     * Returns a decision that rejects the call.
     *
     * @param reason the reason sent to the model, such as {@code The user does not want that.}
     */
    public static Decision reject(String reason) {
      return new Decision(false, reason);
    }
  }
}
