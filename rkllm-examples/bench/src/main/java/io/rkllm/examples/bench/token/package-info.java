/** The cost of delivering a token from native code to a client. */
@NullMarked
package io.rkllm.examples.bench.token;

import org.jspecify.annotations.NullMarked;
