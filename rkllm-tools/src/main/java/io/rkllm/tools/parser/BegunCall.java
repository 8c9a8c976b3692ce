package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import java.util.Set;

/**
 * A call of a block.
 *
 * @param form the form of the call
 * @param reader the reader of the call
 * @param repairs the repairs so far
 * @param inList whether it follows a bracket that opens a list
 * @param inFence whether it follows backticks that open a code fence
 * @param isPrinted whether it is the argument of another function
 */
record BegunCall(
    CallForm form,
    CallReader reader,
    Set<Repair> repairs,
    boolean inList,
    boolean inFence,
    boolean isPrinted) {}
