package io.rkllm.ffm;

import io.rkllm.RkllmModel;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * Generates before Flight Recorder has ever been started, and again afterwards. Forked by {@link
 * RecordingTest}.
 */
final class RecordingProgram {
  static final String STARTS_RECORDING = "a recording starts";

  private RecordingProgram() {}

  /** Arguments: model file, file for the recording. */
  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[1]);
    try (RkllmModel model =
        RkllmModel.builder(Path.of(args[0])).library(Simulator.V1_3.library()).load()) {
      model.generate("early").text();
      System.out.println(STARTS_RECORDING);
      try (Recording recording = new Recording()) {
        recording.start();
        model.generate("late").text();
        recording.stop();
        recording.dump(file);
      }
    }
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      System.out.println(event.getEventType().getName());
    }
    Files.delete(file);
  }
}
