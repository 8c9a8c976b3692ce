/**
 * Chat formats of the model families, with tools and thinking if the family supports them.
 *
 * @since 0.1.0
 */
package io.rkllm.tools.format;
