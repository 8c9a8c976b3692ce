/** What a token costs on its way from native code into the hands of a client. */
@NullMarked
package io.rkllm.examples.bench.token;

import org.jspecify.annotations.NullMarked;
