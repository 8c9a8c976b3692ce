package io.rkllm.examples.features;

import io.rkllm.Generation;
import io.rkllm.PausedGeneration;
import io.rkllm.RkllmModel;
import io.rkllm.TokenIterator;
import io.rkllm.input.TextPrompt;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Pauses an answer, replaces its last words, and resumes it from there.
 *
 * <p>Arguments: a model and its library; without them, the simulator and a model for it. The effect
 * of a real runtime's template on the text with which a run is resumed is not documented; token ids
 * from the model's tokenizer avoid the question.
 */
final class PauseAndEdit {
  private static final String OTHER_WORDS = " But it was shy";

  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("tale.rkllm"))
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .load()) {
      Generation tale = model.generate("Tell me of the wolf");
      TokenIterator heard = tale.iterator();
      for (int i = 0; i < 15 && heard.hasNext(); i++) {
        heard.next();
      }
      try (PausedGeneration paused = tale.pause().orElseThrow()) {
        System.out.println("paused:  " + paused.text());

        List<String> said = new ArrayList<>(); // token by token; the pause has ended the first part
        tale.forEach(token -> said.add(token.text()));
        List<String> kept = said.subList(0, 1 + said.indexOf("."));
        int size = paused.kvCacheSize(); // the prompt, followed by the text generated so far
        paused.clearKvCache(size - (said.size() - kept.size()), size);

        Generation rest = paused.resume(TextPrompt.of(OTHER_WORDS));
        System.out.println("resumed: " + String.join("", kept) + OTHER_WORDS + rest.text());
      }
    }
  }
}
