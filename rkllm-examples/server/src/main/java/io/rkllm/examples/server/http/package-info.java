/** The HTTP side: connections, limits, faults and streams. It knows no dialect by name. */
@NullMarked
package io.rkllm.examples.server.http;

import org.jspecify.annotations.NullMarked;
