package io.rkllm.examples.server.store;

import java.nio.file.Path;
import java.time.Instant;

/**
 * A model of the store.
 *
 * @param name what it is called
 * @param folder where its files are
 * @param file the {@code .rkllm} file
 * @param modelfile how it is to be used
 * @param size bytes of the file
 * @param modifiedAt when the file was written
 */
public record StoredModel(
    String name, Path folder, Path file, Modelfile modelfile, long size, Instant modifiedAt) {}
