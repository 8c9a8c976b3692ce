/** The HTTP server: connections, limits, errors and streams, independent of the dialects. */
@NullMarked
package io.rkllm.examples.server.http;

import org.jspecify.annotations.NullMarked;
