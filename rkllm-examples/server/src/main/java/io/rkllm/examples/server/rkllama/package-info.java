/** The dialect of RKLLama's own API. */
@NullMarked
package io.rkllm.examples.server.rkllama;

import org.jspecify.annotations.NullMarked;
