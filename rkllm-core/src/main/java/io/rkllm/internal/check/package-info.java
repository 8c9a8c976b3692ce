/** Checks of arguments, of return codes and of texts on their way to native code. */
package io.rkllm.internal.check;
