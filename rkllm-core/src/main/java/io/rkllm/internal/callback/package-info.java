/** Functions of the application that native code waits for, and which must not call the model. */
package io.rkllm.internal.callback;
