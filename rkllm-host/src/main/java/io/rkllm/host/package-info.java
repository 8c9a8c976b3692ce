/**
 * Models in another process: a child of this one, or a host that was started by hand, such as on a
 * board. {@link io.rkllm.host.HostRuntime} is the entry point.
 *
 * @since 0.1.0
 */
package io.rkllm.host;
