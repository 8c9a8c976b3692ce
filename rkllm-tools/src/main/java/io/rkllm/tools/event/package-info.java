/**
 * What becomes known of an answer while it comes.
 *
 * @since 0.1.0
 */
package io.rkllm.tools.event;
