/**
 * Which runtime and which machine: the loaded library, what it can do, the SoC and its CPUs, and
 * the doctor.
 */
package io.rkllm.runtime;
