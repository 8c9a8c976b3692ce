package io.rkllm.tools.parser;

import io.rkllm.tools.event.Repair;
import java.util.Set;

/**
 * The context of the reader of a call.
 *
 * @param sink the receiver of the call
 * @param repairs the repairs that were necessary; added to by the reader
 * @param options the options of the parser
 * @param declaredOnly whether calls of undeclared tools are text
 */
record CallContext(
    CallSink sink, Set<Repair> repairs, ParserOptions options, boolean declaredOnly) {

  int maxDepth() {
    return options.maxDepth();
  }

  boolean isDeclared(String name) {
    return options.tools().contains(name);
  }

  /** Returns the types that the schema of a tool declares for its parameters. */
  ParameterTypes typesOf(String name) {
    return options.typesOf(name);
  }
}
