package io.rkllm.internal.run;

import io.rkllm.internal.event.ModelEvents;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.internal.queue.JobQueue;
import io.rkllm.internal.thread.ModelThreads;
import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * The parts of a model that its runs use.
 *
 * @param handle the native model
 * @param threads the model's threads
 * @param queue the queue of runs and calls
 * @param gate controls runs and aborts of native code
 * @param events reports the model's events
 * @param executor runs subscribers and completes futures
 * @param clearCacheAfterStop whether the KV cache is cleared after every run that was stopped
 * @param stopGrace the time that a stopped run may take to return from native code before its
 *     readers are released
 */
public record ModelParts(
    ModelHandle handle,
    ModelThreads threads,
    JobQueue queue,
    RunGate gate,
    ModelEvents events,
    Executor executor,
    boolean clearCacheAfterStop,
    Duration stopGrace) {}
