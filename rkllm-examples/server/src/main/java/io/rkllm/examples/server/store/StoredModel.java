package io.rkllm.examples.server.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

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
  private static final byte[] SIMULATED = "RKLLM-SIMULATOR-MODEL".getBytes(US_ASCII);

  /** Returns the family of the model, by the name of its file or else by its own. */
  public Optional<ModelFamily> family() {
    return ModelFamily.ofModel(String.valueOf(file.getFileName()))
        .or(() -> ModelFamily.ofModel(name));
  }

  /** Returns whether it is a script for the simulator, which a real runtime does not load. */
  public boolean isSimulated() {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(SIMULATED.length), SIMULATED);
    } catch (IOException _) {
      return false; // loading it reports what is wrong
    }
  }
}
