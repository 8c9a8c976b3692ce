/** Extracts the simulated runtime and its demonstration model. */
package io.rkllm.simulator;
