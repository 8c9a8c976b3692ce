package io.rkllm.examples.chat;

import java.util.ArrayList;
import java.util.List;

/**
 * Starts the chat under {@code mvn -Pchat}. The build hands on {@code -Dmodel}, {@code -Dlibrary}
 * and {@code -Dprompt} as system properties, empty where not given; here they become the options
 * they stand for.
 */
final class ChatFromMaven {
  private ChatFromMaven() {}

  public static void main(String[] arguments) {
    ProcessHandle maven = ProcessHandle.current().parent().orElseThrow();
    Thread.ofPlatform().daemon().name("maven-watch").start(() -> endWith(maven));

    var options = new ArrayList<String>();
    for (String name : List.of("model", "library", "prompt")) {
      String value = System.getProperty("rkllm.chat." + name, "");
      if (!value.isEmpty()) {
        // Maven's own words for it may have lost characters, or gained by interpolation.
        options.add("--" + name + "=" + Utf8Arguments.property(maven, name).orElse(value));
      }
    }
    // Maven gets the same Ctrl-C and ends, so an answer cannot be stopped alone.
    System.exit(ChatProgram.run(options.toArray(String[]::new), false));
  }

  /** A Maven that is told to end does not tell its child, which would go on reading. */
  private static void endWith(ProcessHandle maven) {
    maven.onExit().join();
    Interrupts.exit(Interrupts.BY_TERMINATION, () -> {});
  }
}
