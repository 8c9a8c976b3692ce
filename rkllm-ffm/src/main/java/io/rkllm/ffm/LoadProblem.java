package io.rkllm.ffm;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Why a model did not load: what Java can see beforehand, and what native code's words mean. */
final class LoadProblem {
  /** What the runtime prints, by a part of it, and what to do then. */
  private static final List<Remedy> REMEDIES =
      List.of(
          new Remedy(
              "model magic",
              "the file is no model of this runtime; convert it again with the rkllm-toolkit of a"
                  + " release that fits the runtime"),
          new Remedy("max_context", "load it with a smaller context length"),
          new Remedy("enabled CPUs", "enable at least as many CPUs as the model has NPU cores"),
          new Remedy(
              "malloc npu memory",
              "close other models, give each an NPU domain of its own, use a smaller one, or a"
                  + " shorter context length"),
          new Remedy(
              "Platform error",
              "the model was converted for another chip; convert it for this one"),
          new Remedy(
              "failed to open rknpu module",
              "check that the rknpu driver is loaded and that this user, or this container, may open"
                  + " its device node"),
          new Remedy("driver version is too low", "upgrade the rknpu kernel driver"));

  private static final String LIKELY_CAUSES =
      "Likely causes: the file is no .rkllm model, or was converted for another chip or by a"
          + " toolkit that does not fit the runtime; the context length is above the model's"
          + " limit; fewer CPUs are enabled than the model has NPU cores; the rknpu driver is too"
          + " old; NPU memory is short.";

  /**
   * What to do about words of the runtime.
   *
   * @param words a part of what it prints
   */
  private record Remedy(String words, String advice) {}

  private LoadProblem() {}

  /**
   * Checks what can be checked without native code.
   *
   * @throws ModelLoadException if the file cannot be a model
   */
  static void checkFile(Path model) {
    String finding = null;
    try {
      if (!Files.exists(model)) {
        finding = "there is no such file; check the path";
      } else if (Files.isDirectory(model)) {
        finding = "it is a directory; name the .rkllm file in it";
      } else if (!Files.isRegularFile(model)) {
        finding = "it is not a regular file; name a .rkllm file";
      } else if (!Files.isReadable(model)) {
        finding = "this user may not read it; check the permissions of the file and its folders";
      } else if (Files.size(model) == 0) {
        finding = "it is empty; copy it again";
      }
    } catch (IOException e) {
      finding = "it cannot be read: " + e;
    }
    if (finding != null) {
      throw new ModelLoadException(
          "cannot load model " + model + ": " + finding, model, RkllmException.NO_CODE, null);
    }
  }

  /**
   * What to throw when {@code rkllm_init} refused.
   *
   * @param code what it returned; 0 when it gave no handle all the same
   * @param complaints what native code printed meanwhile, as far as that was captured
   * @param thrown what was thrown in a callback meanwhile, or null
   */
  static ModelLoadException refused(
      Path model, int code, String abi, List<String> complaints, @Nullable Throwable thrown) {
    StringBuilder message =
        new StringBuilder("cannot load model ")
            .append(model)
            .append(": rkllm_init (ABI ")
            .append(abi)
            .append(")")
            .append(code == 0 ? " returned 0 but gave no handle" : " failed with code " + code)
            .append(". ");
    List<String> remedies = remedies(complaints);
    if (!complaints.isEmpty()) {
      message.append("The runtime says: ").append(String.join("; ", complaints)).append(". ");
    }
    if (!remedies.isEmpty()) {
      message.append("To go on: ").append(String.join("; or ", remedies)).append(".");
    } else {
      message.append(LIKELY_CAUSES);
      if (!OutputCapture.isActive()) {
        message.append(" The runtime prints its reason to standard output.");
      }
    }
    return new ModelLoadException(message.toString(), model, code, thrown);
  }

  private static List<String> remedies(List<String> complaints) {
    return REMEDIES.stream()
        .filter(remedy -> complaints.stream().anyMatch(line -> line.contains(remedy.words())))
        .map(Remedy::advice)
        .toList();
  }
}
