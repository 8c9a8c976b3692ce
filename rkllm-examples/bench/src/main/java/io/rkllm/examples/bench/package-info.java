/** Benchmarks of the SDK: {@code mvn -q -Pbench} prints a table. */
@NullMarked
package io.rkllm.examples.bench;

import org.jspecify.annotations.NullMarked;
