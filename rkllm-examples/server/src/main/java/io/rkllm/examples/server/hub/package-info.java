/** The Hugging Face hub: model files and tokenizers are fetched from there. */
@NullMarked
package io.rkllm.examples.server.hub;

import org.jspecify.annotations.NullMarked;
