package io.rkllm.internal.model;

import io.rkllm.NativeLibraryException;
import io.rkllm.RkllmModel;
import io.rkllm.spi.RuntimeIsolation;
import io.rkllm.spi.RuntimeProvider;
import java.util.List;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the runtime on the class path or module path. */
public final class Providers {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmModel.class);

  private Providers() {}

  /**
   * Returns the runtime.
   *
   * @throws NativeLibraryException if there is none
   */
  public static RuntimeProvider find() {
    List<RuntimeProvider> found = load(Thread.currentThread().getContextClassLoader());
    if (found.isEmpty()) {
      found =
          load(
              RuntimeProvider.class
                  .getClassLoader()); // the context class loader may not see this module's
      // providers
    }
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
    return ServiceLoader.load(
            RuntimeIsolation.class, Thread.currentThread().getContextClassLoader())
        .findFirst()
        .or(
            () ->
                ServiceLoader.load(RuntimeIsolation.class, RuntimeIsolation.class.getClassLoader())
                    .findFirst())
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

  private static List<RuntimeProvider> load(ClassLoader loader) {
    return ServiceLoader.load(RuntimeProvider.class, loader).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }
}
