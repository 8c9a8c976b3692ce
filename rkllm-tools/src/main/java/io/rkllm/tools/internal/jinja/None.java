package io.rkllm.tools.internal.jinja;

/** Python's None. */
enum None {
  NONE
}
