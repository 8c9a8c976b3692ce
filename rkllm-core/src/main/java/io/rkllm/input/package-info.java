/** What goes into a generation. */
package io.rkllm.input;
