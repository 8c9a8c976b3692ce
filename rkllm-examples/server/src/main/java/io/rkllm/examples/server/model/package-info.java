/** Models in memory: loaded on demand, shared by requests, unloaded when idle. */
@NullMarked
package io.rkllm.examples.server.model;

import org.jspecify.annotations.NullMarked;
