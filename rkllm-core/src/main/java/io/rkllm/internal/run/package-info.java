/**
 * Runs and their answers: how one waits, runs and ends, how bytes from native code become tokens,
 * and how an outcome is told.
 */
package io.rkllm.internal.run;
