/**
 * Events of an answer, reported while it is generated.
 *
 * @since 0.1.0
 */
package io.rkllm.tools.event;
