/** Rows of logits and hidden states, read in place or copied. */
package io.rkllm.internal.forward;
