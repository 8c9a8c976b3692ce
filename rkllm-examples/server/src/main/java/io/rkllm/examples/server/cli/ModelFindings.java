package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.store.FileSize;
import io.rkllm.file.MemoryEstimate;
import io.rkllm.file.ModelFile;
import io.rkllm.file.ModelFileException;
import io.rkllm.file.TokenizerData;
import io.rkllm.runtime.DoctorReport.Finding;
import io.rkllm.runtime.DoctorReport.Status;
import io.rkllm.runtime.Soc;
import io.rkllm.tokenizer.ModelTokenizer;
import java.util.List;
import java.util.Optional;

/**
 * Compares the requirements of a model file with this machine.
 *
 * @param file the model file
 * @param board the SoC of this machine; empty if unknown
 * @param availableMemory the available memory in bytes, or 0 if unknown
 * @param contextLength the context length for which memory is estimated
 */
record ModelFindings(ModelFile file, Optional<Soc> board, long availableMemory, int contextLength) {

  List<Finding> all() {
    return List.of(platform(), memory(), tokenizer(), template());
  }

  private Finding platform() {
    Optional<Soc> platform = file.platform();
    if (platform.isEmpty()) {
      return finding("platform", Status.INFO, "the file does not say for which SoC it is");
    }
    String converted = "converted for " + platform.get();
    if (board.isEmpty()) {
      return finding("platform", Status.INFO, converted + "; the SoC of this machine is not known");
    }
    return platform.equals(board)
        ? finding("platform", Status.OK, converted + ", which this board has")
        : finding(
            "platform",
            Status.PROBLEM,
            "%s, but this board has an %s; use a file that was converted for %s"
                .formatted(converted, board.get(), board.get()));
  }

  private Finding memory() {
    Optional<MemoryEstimate> estimate = file.memoryEstimate(contextLength);
    if (estimate.isEmpty()) {
      return finding(
          "memory", Status.INFO, "the file does not tell the shape of the model, so no estimate");
    }
    String needs =
        "about %s at a context of %d: %s of weights and %s of KV cache, an estimate without buffers"
            .formatted(
                FileSize.format(estimate.get().total()),
                contextLength,
                FileSize.format(estimate.get().weights()),
                FileSize.format(estimate.get().kvCache()));
    return availableMemory > 0 && estimate.get().total() > availableMemory
        ? finding(
            "memory",
            Status.WARNING,
            needs + "; only " + FileSize.format(availableMemory) + " are available")
        : finding("memory", Status.OK, needs);
  }

  private Finding tokenizer() {
    Optional<TokenizerData> data;
    try {
      data = file.tokenizer();
    } catch (ModelFileException e) {
      return finding("tokenizer", Status.WARNING, String.valueOf(e.getMessage()));
    }
    if (data.isEmpty()) {
      return finding(
          "tokenizer",
          Status.INFO,
          "none in the file; the runtime counts the tokens of prompts unless the Modelfile has a"
              + " HUGGINGFACE_PATH");
    }
    String what = data.get().model().orElse("of no kind") + ", " + data.get().size() + " tokens";
    Optional<String> unsupported = ModelTokenizer.unsupported(file);
    if (unsupported.isPresent()) {
      return finding(
          "tokenizer",
          Status.WARNING,
          what
              + "; "
              + unsupported.get()
              + ". The runtime counts the tokens of prompts unless the Modelfile has a"
              + " HUGGINGFACE_PATH");
    }
    if (ModelTokenizer.correctsRuntime(file)) {
      return finding(
          "tokenizer",
          Status.WARNING,
          what
              + "; the file says that text is split by default rules, with which the runtime reads"
              + " numbers wrongly. The rules of the model's family are used instead");
    }
    return finding("tokenizer", Status.OK, what);
  }

  private Finding template() {
    return file.hasChatTemplate()
        ? finding("chat template", Status.OK, "in the file")
        : finding(
            "chat template", Status.INFO, "none in the file; the format of the family is used");
  }

  private static Finding finding(String subject, Status status, String detail) {
    return new Finding("model " + subject, status, detail);
  }
}
