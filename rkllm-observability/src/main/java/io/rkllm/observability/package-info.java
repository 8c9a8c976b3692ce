/**
 * Listeners that report the runs of a model as metrics and traces, by the OpenTelemetry semantic
 * conventions for generative AI. They never report the text of a prompt or an answer.
 *
 * @since 0.1.0
 */
@NullMarked
package io.rkllm.observability;

import org.jspecify.annotations.NullMarked;
