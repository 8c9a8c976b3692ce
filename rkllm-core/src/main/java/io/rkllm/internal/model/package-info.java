/**
 * The loaded model: the thread that loads and destroys it, and the implementation of its API. This
 * package uses all other internal packages; none of them uses it.
 */
package io.rkllm.internal.model;
