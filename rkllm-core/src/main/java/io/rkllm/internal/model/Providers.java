package io.rkllm.internal.model;

import io.rkllm.NativeLibraryException;
import io.rkllm.RkllmModel;
import io.rkllm.spi.MediaTagsProvider;
import io.rkllm.spi.RuntimeIsolation;
import io.rkllm.spi.RuntimeProvider;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds services on the class path or module path. */
public final class Providers {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  private Providers() {}

  /**
   * Returns the runtime.
   *
   * @throws NativeLibraryException if there is none
   */
  public static RuntimeProvider find() {
    List<RuntimeProvider> found = load(RuntimeProvider.class);
    if (found.isEmpty()) {
      throw new NativeLibraryException(
          "no runtime was found on the class path or module path; add the dependency"
              + " io.rkllm:rkllm-ffm",
          null,
          null);
    }
    if (found.size() > 1) {
      LOG.warn("Several runtimes were found; using {} of {}", found.getFirst().name(), found);
    }
    return found.getFirst();
  }

  /**
   * Returns a runtime that runs models in processes of their own.
   *
   * @throws NativeLibraryException if there is none
   */
  public static RuntimeProvider findIsolated() {
    return load(RuntimeIsolation.class).stream()
        .findFirst()
        .orElseThrow(
            () ->
                new NativeLibraryException(
                    "isolated() needs the artifact io.rkllm:rkllm-host, which is not on the class"
                        + " path or module path; add the dependency, or load the model without"
                        + " isolated()",
                    null,
                    null))
        .inChildProcess();
  }

  /** Returns what knows the media tags of families of models, if there is one. */
  static Optional<MediaTagsProvider> mediaTags() {
    return load(MediaTagsProvider.class).stream().findFirst();
  }

  private static <T> List<T> load(Class<T> service) {
    List<T> found = load(service, Thread.currentThread().getContextClassLoader());
    return found.isEmpty()
        ? load(service, service.getClassLoader()) // which may see providers that the other does not
        : found;
  }

  private static <T> List<T> load(Class<T> service, @Nullable ClassLoader loader) {
    return ServiceLoader.load(service, loader).stream().map(ServiceLoader.Provider::get).toList();
  }
}
