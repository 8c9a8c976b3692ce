package io.rkllm.examples.chat;

import java.util.ArrayList;
import java.util.List;

/**
 * Starts the chat under {@code mvn -Pchat}. The build passes {@code -Dmodel}, {@code -Dlibrary} and
 * {@code -Dprompt} as system properties, which are empty if not given and are converted to the
 * corresponding options here.
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
        // Maven's own property for it may have lost characters, or gained some by interpolation.
        options.add("--" + name + "=" + Utf8Arguments.property(maven, name).orElse(value));
      }
    }
    // Maven receives the same Ctrl-C and ends, so that an answer cannot be stopped alone.
    System.exit(ChatProgram.run(options.toArray(String[]::new), false));
  }

  /**
   * Ends this process together with Maven, which does not end its child processes when it is
   * terminated.
   */
  private static void endWith(ProcessHandle maven) {
    maven.onExit().join();
    Interrupts.exit(Interrupts.BY_TERMINATION, () -> {});
  }
}
