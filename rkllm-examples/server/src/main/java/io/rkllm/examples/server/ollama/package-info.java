/** The dialect of Ollama's API. */
@NullMarked
package io.rkllm.examples.server.ollama;

import org.jspecify.annotations.NullMarked;
