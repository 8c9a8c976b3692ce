package io.rkllm.examples.server.model;

import io.rkllm.examples.server.store.StoredModel;
import java.time.Instant;
import java.util.Optional;

/**
 * A model in memory, as {@code ps} shows it.
 *
 * @param stored which
 * @param contextLength its context in tokens
 * @param requests how many requests use it now
 * @param unloadAt when it is unloaded if nobody asks for it; empty for never, or while it is used
 * @param release the runtime's release
 */
public record LoadedModelInfo(
    StoredModel stored,
    int contextLength,
    int requests,
    Optional<Instant> unloadAt,
    String release) {}
