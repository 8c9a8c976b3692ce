/**
 * Model files: the facts, the tokenizer and the chat template that a {@code .rkllm} file holds,
 * read without the runtime.
 *
 * <p>The vendor does not document the form of these files. Everything here is read as far as it is
 * there, and {@link io.rkllm.file.ModelFile} says what may be missing.
 *
 * @since 0.1.0
 */
package io.rkllm.file;
