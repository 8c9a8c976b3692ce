/**
 * Checks dialects of tool calls that applications add; needs rkllm-tools.
 *
 * @since 0.1.0
 */
@org.jspecify.annotations.NullMarked
package io.rkllm.test.dialect;
