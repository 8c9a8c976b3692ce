package io.rkllm.examples.bench.token;

import io.rkllm.examples.bench.Child;

/** {@code FfmClient LIBRARY MODEL PROMPT RUNS empty|string}: measures an upcall without an SDK. */
final class FfmClient {
  static String last = "";

  private FfmClient() {}

  public static void main(String[] arguments) {
    boolean empty = arguments[4].equals("empty");
    BareRuntime runtime =
        new BareRuntime(arguments[0], arguments[1], empty ? null : text -> last = text);
    for (int run = Integer.parseInt(arguments[3]); run > 0; run--) {
      Child.print(runtime.generate(arguments[2]));
    }
  }
}
