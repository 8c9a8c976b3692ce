package io.rkllm.tools.internal.jinja;

/** Something that is not a dictionary and has attributes. */
interface Attributes {
  Object attribute(String name);
}
