/** Models on disk: folders, each with a Modelfile. */
@NullMarked
package io.rkllm.examples.server.store;

import org.jspecify.annotations.NullMarked;
