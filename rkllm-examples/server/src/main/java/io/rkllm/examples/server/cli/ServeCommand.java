package io.rkllm.examples.server.cli;

import io.rkllm.Sampling;
import io.rkllm.examples.server.ServerRoutes;
import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.http.RkllmServer;
import io.rkllm.examples.server.http.ServerOptions;
import io.rkllm.examples.server.model.LoadOptions;
import io.rkllm.examples.server.model.ModelLoader;
import io.rkllm.examples.server.model.ModelPool;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rkllm serve}: the HTTP server and the chat page. */
@Command(name = "serve", description = "Serves the models over HTTP, with a chat page.")
public final class ServeCommand implements Callable<Integer> {
  @Option(names = "--models", paramLabel = "FOLDER", description = "Where the models are.")
  private Path models = ModelStore.defaultFolder();

  @Option(names = "--library", paramLabel = "FILE", description = "The librkllmrt.so to use.")
  private @Nullable Path library;

  @Option(names = "--port", paramLabel = "PORT", description = "The port (${DEFAULT-VALUE}).")
  private int port = 8080;

  @Option(
      names = "--demo",
      description = "Adds a demonstration model on a simulated runtime, which needs no board.")
  private boolean demo;

  @Override
  public Integer call() throws InterruptedException {
    LoadOptions load = LoadOptions.defaults();
    if (demo) {
      load = load.withLibrary(Simulator.library(Release.V1_3));
    } else if (library != null) {
      load = load.withLibrary(library);
    }
    ModelStore store = new ModelStore(models, demo ? List.of(demonstrationModel()) : List.of());
    ServerOptions options = ServerOptions.defaults().withPort(port);
    Engine engine = new Engine(new ModelPool(store, new ModelLoader(load)), options.timeout());
    try (RkllmServer server = RkllmServer.start(options, engine, ServerRoutes::of)) {
      System.out.println("The chat page is at " + server.address() + "/");
      Thread.currentThread().join();
    }
    return 0;
  }

  private static StoredModel demonstrationModel() {
    Path file = Simulator.demonstrationModel();
    Modelfile modelfile =
        new Modelfile(
            String.valueOf(file.getFileName()),
            null,
            null,
            "qwen3",
            null,
            null,
            null,
            null,
            Sampling.defaults(),
            null,
            List.of(),
            null);
    return new StoredModel(
        "rkllm-demo",
        file.resolveSibling("."),
        file,
        modelfile,
        file.toFile().length(),
        Instant.now());
  }
}
