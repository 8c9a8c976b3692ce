package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.Signals;
import io.rkllm.host.HostServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rkllm host}: lets other programs use the runtime of this machine through a socket. */
@Command(
    name = "host",
    description =
        "Lets Java programs use the runtime of this machine through a Unix domain socket, which SSH"
            + " can forward.",
    footer = {
      "",
      "Examples:",
      "  rkllm host --socket /run/user/1000/rkllm.sock --models ~/models",
      "  ssh -N -L /tmp/rkllm.sock:/run/user/1000/rkllm.sock board    (on the other machine)"
    })
final class HostCommand implements Callable<Integer> {
  @Option(
      names = "--socket",
      paramLabel = "FILE",
      required = true,
      description = "The socket to create. Only its owner can connect to it.")
  private Path socket = Path.of("");

  @Option(
      names = "--models",
      paramLabel = "FOLDER",
      required = true,
      description =
          "The folder with the models, adapters and prompt caches that programs may load, by their"
              + " file names.")
  private Path models = Path.of("");

  @Option(
      names = "--connections",
      paramLabel = "N",
      description =
          "How many models may be open at once (${DEFAULT-VALUE}). Further ones are rejected.")
  private int connections = 1;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws IOException {
    if (connections < 1) {
      throw new UsageException("--connections must be at least 1, was " + connections);
    }
    try (HostServer server = HostServer.listen(socket, models, connections)) {
      for (String name : List.of("INT", "HUP", "TERM")) {
        Signals.handle(name, server::stop);
      }
      output.say("Listening on " + socket.toAbsolutePath());
      server.serve();
    }
    return 0;
  }
}
