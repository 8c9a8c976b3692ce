package io.rkllm.tools.parser;

/** Passes a call on to its sink, and keeps arguments until it is certain that it is a call. */
final class CallOutput implements CharSink {
  private final CallSink sink;
  private final StringBuilder early = new StringBuilder(); // arguments before the start
  private boolean started;

  CallOutput(CallSink sink) {
    this.sink = sink;
  }

  /** Reports the start of the call to the sink, once. */
  void start(String name) {
    if (!started) {
      started = true;
      sink.started(name);
      write(early.toString());
      early.setLength(0);
    }
  }

  boolean hasStarted() {
    return started;
  }

  /** Takes the next character of the arguments. */
  @Override
  public void write(char c) {
    if (started) {
      sink.argument(c);
    } else {
      early.append(c);
    }
  }

  void write(String arguments) {
    for (int i = 0; i < arguments.length(); i++) {
      write(arguments.charAt(i));
    }
  }
}
