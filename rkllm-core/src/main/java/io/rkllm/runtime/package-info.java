/**
 * Information about the loaded runtime and the machine: capabilities, SoCs, CPUs, and diagnostics.
 *
 * @since 0.1.0
 */
package io.rkllm.runtime;
