package io.rkllm.examples.server;

import java.util.ArrayList;
import java.util.List;

/** Starts the server under {@code mvn -Pserve}, whose properties become options. */
final class ServeFromMaven {
  private ServeFromMaven() {}

  public static void main(String[] arguments) {
    List<String> options = new ArrayList<>(List.of("serve"));
    for (String name : List.of("models", "library", "port")) {
      String value = System.getProperty("rkllm.serve." + name, "");
      if (!value.isEmpty()) {
        options.add("--" + name + "=" + value);
      }
    }
    if (System.getProperty("rkllm.serve.library", "").isEmpty()) {
      options.add("--demo");
    }
    System.exit(RkllmProgram.run(options.toArray(String[]::new)));
  }
}
