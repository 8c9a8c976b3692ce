/**
 * Chat formats of the model families, with tools and thinking where a family has them.
 *
 * @since 0.1.0
 */
package io.rkllm.tools.format;
