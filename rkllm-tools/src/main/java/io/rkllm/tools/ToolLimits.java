package io.rkllm.tools;

import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The limits of a {@link ToolSession}; see its builder. */
record ToolLimits(
    int maxTurns,
    int maxCalls,
    int maxParallelCalls,
    Duration callTimeout,
    @Nullable ToolApproval approval,
    @Nullable Function<? super Throwable, String> errorMessage) {}
