/** Validation of arguments, of return codes, and of text that is passed to native code. */
package io.rkllm.internal.check;
