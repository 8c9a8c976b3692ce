/**
 * Which runtime and which machine: the loaded library, what it can do, the SoC and its CPUs, and
 * the doctor.
 *
 * @since 0.1.0
 */
package io.rkllm.runtime;
