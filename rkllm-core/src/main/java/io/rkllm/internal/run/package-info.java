/**
 * Runs and their answers: queueing, execution, converting native output to tokens, and reporting
 * outcomes.
 */
package io.rkllm.internal.run;
