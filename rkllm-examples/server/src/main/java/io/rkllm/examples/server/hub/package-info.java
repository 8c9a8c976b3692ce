/** Pulls model files and tokenizers from the Hugging Face hub. */
@NullMarked
package io.rkllm.examples.server.hub;

import org.jspecify.annotations.NullMarked;
