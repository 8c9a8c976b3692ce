/** Tools that a model may call, the session that calls them, and structured output. */
package io.rkllm.tools;
