/** The jobs of a model's thread. */
package io.rkllm.internal.queue;
