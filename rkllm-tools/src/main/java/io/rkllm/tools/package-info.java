/**
 * Tools that a model can call, sessions that run them, and structured output.
 *
 * @since 0.1.0
 */
package io.rkllm.tools;
