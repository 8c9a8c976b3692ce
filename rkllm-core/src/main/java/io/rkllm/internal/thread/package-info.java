/** The threads of a model. */
package io.rkllm.internal.thread;
