/**
 * Tools that a model may call, the session that calls them, and structured output.
 *
 * @since 0.1.0
 */
package io.rkllm.tools;
