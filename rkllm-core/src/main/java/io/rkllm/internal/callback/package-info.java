/** Functions of the user that native code waits for, during which the model must not be called. */
package io.rkllm.internal.callback;
