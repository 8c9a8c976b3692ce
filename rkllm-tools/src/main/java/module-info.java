/**
 * The place of function calling, structured output and chat templates over {@link io.rkllm.core the
 * core}. It is empty so far.
 */
@org.jspecify.annotations.NullMarked
module io.rkllm.tools {
  requires transitive io.rkllm.core;
  requires static transitive org.jspecify;
}
