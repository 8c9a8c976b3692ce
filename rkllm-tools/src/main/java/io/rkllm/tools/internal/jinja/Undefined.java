package io.rkllm.tools.internal.jinja;

/**
 * What stands for a value that is not there: it is false, empty and writes nothing, and can be
 * asked whether it is defined; anything else is an error.
 *
 * @param name what was looked for
 */
record Undefined(String name) {
  JinjaException error() {
    return new JinjaException("'" + name + "' is undefined");
  }
}
