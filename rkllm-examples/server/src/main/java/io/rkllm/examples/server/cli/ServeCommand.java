package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Interrupts;
import io.rkllm.examples.chat.Signals;
import io.rkllm.examples.server.ServerRoutes;
import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.http.RkllmServer;
import io.rkllm.examples.server.http.ServerOptions;
import io.rkllm.examples.server.model.ModelLoader;
import io.rkllm.examples.server.model.ModelPool;
import io.rkllm.examples.server.store.ModelStore;
import java.io.IOException;
import java.net.BindException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code rkllm serve}: starts the HTTP server and the chat page. */
@Command(
    name = "serve",
    description = {
      "Serves the models over HTTP, with a chat page.",
      "",
      "A model is loaded by the first request for it. The log goes to standard error and"
          + " contains no text of prompts.",
      "",
      "SIGTERM and Ctrl-C stop the server after running answers, for up to --stop-grace; a"
          + " second signal ends it at once."
    },
    footer = {
      "",
      "Examples:",
      "  rkllm serve --demo                                  on the simulated runtime",
      "  rkllm serve --port 11434 --keep-alive -1",
      "  rkllm serve --host 0.0.0.0 --key-file /etc/rkllm.key --allow-host board.local"
    })
final class ServeCommand implements Callable<Integer> {
  @Mixin private StoreOptions store = new StoreOptions();

  @ArgGroup(validate = false, heading = "%nModels:%n")
  private ServeModelOptions models = new ServeModelOptions();

  @ArgGroup(validate = false, heading = "%nConnections:%n")
  private ServeHttpOptions serving = new ServeHttpOptions();

  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws IOException, InterruptedException {
    ServerOptions options = serving.options();
    ModelStore all =
        new ModelStore(store.folder(), models.demo ? List.of(DemoModel.model()) : List.of());
    Engine engine =
        new Engine(new ModelPool(all, new ModelLoader(models.options())), options.timeout());
    CountDownLatch stop = stopBySignal();
    try (RkllmServer server = start(options, engine)) {
      output.printLine("The chat page is at " + server.address() + "/");
      advise(all);
      stop.await();
    }
    return 0;
  }

  /**
   * Returns a latch that the first signal releases to stop the server in an orderly way; the second
   * signal ends the process.
   */
  private static CountDownLatch stopBySignal() {
    CountDownLatch stop = new CountDownLatch(1);
    for (String name : List.of("INT", "HUP", "TERM")) {
      Signals.handle(
          name,
          () -> {
            if (stop.getCount() == 0) {
              Interrupts.exit(Interrupts.BY_TERMINATION, () -> {});
            }
            stop.countDown();
          });
    }
    return stop;
  }

  private static RkllmServer start(ServerOptions options, Engine engine) {
    try {
      return RkllmServer.start(options, engine, ServerRoutes::of);
    } catch (RuntimeException e) {
      engine.pool().close();
      if (isAboutThePort(e)) {
        throw new IllegalArgumentException(
            ("cannot listen on %s port %d: it is in use, or not an address of this machine; choose"
                    + " another with --port or --host")
                .formatted(options.host(), options.port()),
            e);
      }
      throw e;
    }
  }

  private static boolean isAboutThePort(Throwable thrown) {
    for (@Nullable Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException
          || cause.getClass().getSimpleName().equals("JavalinBindException")) {
        return true;
      }
    }
    return false;
  }

  private void advise(ModelStore all) {
    if (all.list().isEmpty()) {
      output.say(
          "There is no model in %s yet. Download one with rkllm pull, or use --demo."
              .formatted(all.folder()));
    }
  }
}
