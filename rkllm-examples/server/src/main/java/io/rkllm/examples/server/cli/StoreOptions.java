package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.store.ModelStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for the folder of models. */
final class StoreOptions {
  @Option(
      names = "--models",
      paramLabel = "FOLDER",
      description = "Where the models are; without it RKLLM_MODELS, then ~/RKLLAMA/models.")
  private @Nullable Path folder;

  Path folder() {
    if (folder != null) {
      return checked("--models", folder);
    }
    String configured = System.getenv("RKLLM_MODELS");
    return configured == null || configured.isBlank()
        ? ModelStore.defaultFolder()
        : checked("RKLLM_MODELS", Path.of(configured));
  }

  private static Path checked(String source, Path folder) {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new UsageException(
          "%s must be a folder, which may not exist yet; %s is a file".formatted(source, folder));
    }
    return folder;
  }

  ModelStore store() {
    return new ModelStore(folder(), List.of());
  }
}
