/** What the SDK costs, measured: {@code mvn -q -Pbench} prints a table. */
@NullMarked
package io.rkllm.examples.bench;

import org.jspecify.annotations.NullMarked;
