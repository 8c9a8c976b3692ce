/** What reading a model file costs. */
@NullMarked
package io.rkllm.examples.bench.modelfile;

import org.jspecify.annotations.NullMarked;
