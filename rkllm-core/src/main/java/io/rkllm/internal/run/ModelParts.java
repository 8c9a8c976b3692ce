package io.rkllm.internal.run;

import io.rkllm.internal.event.ModelEvents;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.internal.queue.JobQueue;
import io.rkllm.internal.thread.ModelThreads;
import java.util.concurrent.Executor;

/**
 * The parts of a model that its runs work with.
 *
 * @param handle the model in native code
 * @param threads the threads that work for it
 * @param queue where runs and calls wait for the model's thread
 * @param gate the way into native code
 * @param events where events of the model are told
 * @param executor where subscribers are called and futures completed
 * @param clearCacheAfterStop whether the KV cache is cleared after every run that was stopped
 */
public record ModelParts(
    ModelHandle handle,
    ModelThreads threads,
    JobQueue queue,
    RunGate gate,
    ModelEvents events,
    Executor executor,
    boolean clearCacheAfterStop) {}
