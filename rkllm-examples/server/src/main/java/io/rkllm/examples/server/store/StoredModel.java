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

  /** Returns what the file says of itself; empty if it is of a form that is not known. */
  public Optional<ModelFile> facts() {
    return FactsCache.of(this);
  }

  /**
   * Returns the family of the model, by the names of the file and the model or by what the file
   * says.
   */
  public Optional<ModelFamily> family() {
    return ModelFamily.ofModel(String.valueOf(file.getFileName()))
        .or(() -> ModelFamily.ofModel(name))
        .or(() -> facts().flatMap(ModelFamily::ofFile));
  }

  /** Returns whether it is a script for the simulator, which a real runtime does not load. */
  public boolean isSimulated() {
    return isScript() || facts().filter(facts -> facts.keys().contains(SCRIPT_KEY)).isPresent();
  }

  private boolean isScript() {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(SIMULATED.length), SIMULATED);
    } catch (IOException _) {
      return false; // loading it reports what is wrong
    }
  }
}
