package io.rkllm.tools.parser;

/** Takes characters one by one. */
@FunctionalInterface
interface CharSink {
  void write(char c);
}
