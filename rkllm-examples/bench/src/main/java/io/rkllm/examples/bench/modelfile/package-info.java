/** The cost of reading a model file. */
@NullMarked
package io.rkllm.examples.bench.modelfile;

import org.jspecify.annotations.NullMarked;
