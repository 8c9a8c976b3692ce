package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import java.util.Set;

/**
 * What the reader of a call needs.
 *
 * @param sink takes the call
 * @param repairs what had to be repaired; the reader adds to it
 * @param options how the answer is read
 * @param declaredOnly whether what calls no declared tool is text
 */
record CallContext(
    CallSink sink, Set<Repair> repairs, ParserOptions options, boolean declaredOnly) {

  int maxDepth() {
    return options.maxDepth();
  }

  boolean isDeclared(String name) {
    return options.tools().contains(name);
  }

  /** Returns what the schema of a tool says of its parameters. */
  ParameterTypes typesOf(String name) {
    return options.typesOf(name);
  }
}
