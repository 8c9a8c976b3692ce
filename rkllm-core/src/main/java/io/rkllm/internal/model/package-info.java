/**
 * The open model: the thread that loads and destroys it, and the API that applications call. All
 * other internal packages are used from here; none of them knows this one.
 */
package io.rkllm.internal.model;
