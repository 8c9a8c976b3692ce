package io.rkllm.examples.server;

import io.rkllm.examples.chat.Signals;
import io.rkllm.examples.chat.Utf8Arguments;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts the server under {@code mvn -Pserve}. The build passes {@code -Dmodels}, {@code -Dlibrary}
 * and {@code -Dport} as system properties, which are empty if not given and are converted to the
 * corresponding options here.
 */
final class ServeFromMaven {
  private ServeFromMaven() {}

  public static void main(String[] arguments) {
    ProcessHandle maven = ProcessHandle.current().parent().orElseThrow();
    Thread.ofPlatform().daemon().name("maven-watch").start(() -> endWith(maven));

    List<String> options = new ArrayList<>(List.of("serve"));
    for (String name : List.of("models", "library", "port")) {
      String value = System.getProperty("rkllm.serve." + name, "");
      if (!value.isEmpty()) {
        // Maven's own property for it may have lost characters, or gained some by interpolation.
        options.add("--" + name + "=" + Utf8Arguments.property(maven, name).orElse(value));
      }
    }
    if (System.getProperty("rkllm.serve.library", "").isEmpty()) {
      options.add("--demo");
    }
    System.exit(RkllmProgram.run(options.toArray(String[]::new)));
  }

  /**
   * Ends this process together with Maven, which does not end its child processes when it is
   * terminated.
   */
  private static void endWith(ProcessHandle maven) {
    maven.onExit().join();
    Signals.raise("TERM");
  }
}
