package io.rkllm.examples.server.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.rkllm.file.ModelFile;
import io.rkllm.tools.format.ModelFamily;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * A model of the store.
 *
 * @param name its name
 * @param folder the folder of its files
 * @param file the {@code .rkllm} file
 * @param modelfile its settings
 * @param size the size of the file in bytes
 * @param modifiedAt the time at which the file was written
 */
public record StoredModel(
    String name, Path folder, Path file, Modelfile modelfile, long size, Instant modifiedAt) {
  private static final String SCRIPT_KEY = "rkllm.simulator.script";
  private static final byte[] SIMULATED = "RKLLM-SIMULATOR-MODEL".getBytes(US_ASCII);

  /** Returns the properties stored in the file; empty if its format is unknown. */
  public Optional<ModelFile> facts() {
    return FactsCache.of(this);
  }

  /**
   * Returns the family of the model, judging by the names of the file and the model or by the
   * properties in the file.
   */
  public Optional<ModelFamily> family() {
    return ModelFamily.ofModel(String.valueOf(file.getFileName()))
        .or(() -> ModelFamily.ofModel(name))
        .or(() -> facts().flatMap(ModelFamily::ofFile));
  }

  /**
   * Returns whether the model is a script for the simulator, which a real runtime does not load.
   */
  public boolean isSimulated() {
    return isScript() || facts().filter(facts -> facts.keys().contains(SCRIPT_KEY)).isPresent();
  }

  private boolean isScript() {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(SIMULATED.length), SIMULATED);
    } catch (IOException _) {
      return false; // loading the model reports the error
    }
  }
}
