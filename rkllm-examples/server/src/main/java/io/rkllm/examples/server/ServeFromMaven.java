package io.rkllm.examples.server;

import io.rkllm.examples.chat.Signals;
import io.rkllm.examples.chat.Utf8Arguments;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts the server under {@code mvn -Pserve}. The build hands on {@code -Dmodels}, {@code
 * -Dlibrary} and {@code -Dport} as system properties, empty where not given; here they become the
 * options they stand for.
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
        // Maven's own words for it may have lost characters, or gained by interpolation.
        options.add("--" + name + "=" + Utf8Arguments.property(maven, name).orElse(value));
      }
    }
    if (System.getProperty("rkllm.serve.library", "").isEmpty()) {
      options.add("--demo");
    }
    System.exit(RkllmProgram.run(options.toArray(String[]::new)));
  }

  /** A Maven that is told to end does not tell its child, which would go on serving. */
  private static void endWith(ProcessHandle maven) {
    maven.onExit().join();
    Signals.raise("TERM");
  }
}
