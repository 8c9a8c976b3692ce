package io.rkllm.tools.internal.jinja;

/** Something that is no dictionary and has attributes. */
interface Attributes {
  Object attribute(String name);
}
