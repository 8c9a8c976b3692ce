package io.rkllm.examples.server.model;

import io.rkllm.examples.server.store.StoredModel;
import java.time.Instant;
import java.util.Optional;

/**
 * A model in memory, as listed by {@code ps}.
 *
 * @param stored the model in the store
 * @param contextLength its context length in tokens
 * @param requests the number of requests that are using it
 * @param unloadAt the time at which it is unloaded unless it is requested again; empty for never,
 *     or while it is in use
 * @param release the release of the runtime
 */
public record LoadedModelInfo(
    StoredModel stored,
    int contextLength,
    int requests,
    Optional<Instant> unloadAt,
    String release) {}
