/**
 * Reads {@code .rkllm} model files without the runtime: their properties, tokenizers and chat
 * templates.
 *
 * <p>The vendor does not document the format of these files. Everything is optional; {@link
 * io.rkllm.file.ModelFile} states what may be missing.
 *
 * @since 0.1.0
 */
package io.rkllm.file;
