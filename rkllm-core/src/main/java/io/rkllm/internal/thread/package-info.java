/** The threads that work for a model. */
package io.rkllm.internal.thread;
