package io.rkllm.tools.internal.jinja;

/**
 * The value of an undefined variable or attribute. It is false and empty, renders as nothing, and
 * can be tested with {@code is defined}; any other use is an error.
 *
 * @param name the name that was looked up
 */
record Undefined(String name) {
  JinjaException error() {
    return new JinjaException("'" + name + "' is undefined");
  }
}
