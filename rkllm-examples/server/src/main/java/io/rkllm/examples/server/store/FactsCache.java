package io.rkllm.examples.server.store;

import io.rkllm.file.ModelFile;
import io.rkllm.file.ModelFileException;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache of the facts of model files, since the directory of a file takes megabytes to read. An
 * entry takes a few kilobytes, is replaced when the file has changed, and is dropped some time
 * after the file was deleted. Thread-safe.
 */
final class FactsCache {
  private static final Logger LOG = LoggerFactory.getLogger(StoredModel.class);
  private static final ValuesByFile<Entry> ENTRIES = new ValuesByFile<>();

  private record Entry(long size, Instant modifiedAt, Optional<ModelFile> facts) {}

  private FactsCache() {}

  /** Returns the facts of a model's file; empty if its format is unknown. */
  static Optional<ModelFile> of(StoredModel model) {
    Entry entry = ENTRIES.get(model.file());
    if (entry == null
        || entry.size != model.size()
        || !entry.modifiedAt.equals(model.modifiedAt())) {
      entry = new Entry(model.size(), model.modifiedAt(), read(model));
      ENTRIES.put(model.file(), entry);
    }
    return entry.facts;
  }

  private static Optional<ModelFile> read(StoredModel model) {
    try {
      return Optional.of(ModelFile.read(model.file()));
    } catch (ModelFileException e) {
      LOG.debug("{}: its facts are not known: {}", model.name(), e.getMessage());
      return Optional.empty();
    }
  }
}
