/** The dialect of OpenAI's API. */
@NullMarked
package io.rkllm.examples.server.openai;

import org.jspecify.annotations.NullMarked;
