package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.http.Json;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code rkllm stop}: has a server unload a model. */
@Command(
    name = "stop",
    description = {
      "Unloads a model of a running server.",
      "",
      "A model that is in use is unloaded after its last request."
    },
    footer = {"", "Example:", "  rkllm stop qwen3-0.6b"})
final class StopCommand implements Callable<Integer> {
  @Mixin private ServerClient server = new ServerClient();

  @Parameters(paramLabel = "MODEL", description = "A name that rkllm ps prints.")
  private String name = "";

  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws IOException, InterruptedException {
    server.post(
        "/api/generate",
        Json.object().put("model", name).put("keep_alive", 0).put("stream", false));
    output.say(name + " is unloaded after its last request.");
    return 0;
  }
}
