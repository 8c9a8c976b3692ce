package io.rkllm.internal.event;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Flight Recorder events, which are documented in the package {@code io.rkllm.event}. */
final class JfrEvents {
  private JfrEvents() {}

  /**
   * Returns whether a recording was ever started in this process. No event may be created before
   * that: the first one initializes Flight Recorder, which dominates a cold start.
   */
  static boolean isEnabled() {
    return FlightRecorder.isInitialized();
  }

  /** The fields that all events have in common. */
  @Category("rkllm")
  @StackTrace(false)
  abstract static class ModelEvent extends Event {
    @Label("Model")
    final String model;

    ModelEvent(String model) {
      this.model = model;
    }
  }

  @Name("io.rkllm.ModelLoad")
  @Label("Model Load")
  static final class Load extends ModelEvent {
    @Label("Path")
    final String path;

    @Label("Runtime Release")
    String release = "";

    @Label("Context Length")
    int contextLength;

    Load(String model, String path) {
      super(model);
      this.path = path;
    }
  }

  @Name("io.rkllm.QueueWait")
  @Label("Queue Wait")
  static final class QueueWait extends ModelEvent {
    QueueWait(String model) {
      super(model);
    }
  }

  @Name("io.rkllm.Prefill")
  @Label("Prefill")
  static final class Prefill extends ModelEvent {
    @Label("Prompt Tokens")
    int promptTokens;

    Prefill(String model) {
      super(model);
    }
  }

  @Name("io.rkllm.Generation")
  @Label("Generation")
  static final class Generation extends ModelEvent {
    @Label("Finish Reason")
    String finishReason = "";

    @Label("Generated Tokens")
    int generatedTokens;

    @Label("Tokens per Second")
    double tokensPerSecond;

    Generation(String model) {
      super(model);
    }
  }

  @Name("io.rkllm.Cancel")
  @Label("Cancel")
  static final class Cancel extends ModelEvent {
    @Label("Reason")
    final String reason;

    Cancel(String model, String reason) {
      super(model);
      this.reason = reason;
    }
  }

  @Name("io.rkllm.Error")
  @Label("Error")
  static final class Failure extends ModelEvent {
    @Label("Message")
    final String message;

    Failure(String model, String message) {
      super(model);
      this.message = message;
    }
  }
}
