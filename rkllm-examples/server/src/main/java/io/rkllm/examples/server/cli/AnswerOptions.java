package io.rkllm.examples.server.cli;

import io.rkllm.examples.chat.SamplingOptions;
import io.rkllm.examples.server.store.Modelfile;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options for answers, which override those of the Modelfile. */
final class AnswerOptions {
  @Option(names = "--system", paramLabel = "TEXT", description = "The system prompt.")
  private @Nullable String system;

  @Option(
      names = "--thinking",
      negatable = true,
      description = "Let the model think before it answers, or not, if it supports thinking.")
  @Nullable Boolean thinking;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "TOKENS",
      description = "The maximum number of tokens of an answer.")
  private @Nullable Integer maxNewTokens;

  @Option(
      names = "--template",
      paramLabel = "NAME",
      description =
          "How conversations are rendered: the name of a chat format such as qwen3, chatml,"
              + " llama3.")
  private @Nullable String template;

  @ArgGroup(validate = false, heading = "%nSampling:%n")
  private SamplingOptions sampling = new SamplingOptions();

  /** Returns the options as a Modelfile that overrides that of the model. */
  Modelfile modelfile() {
    if (maxNewTokens != null && (maxNewTokens < 1 || maxNewTokens > 16_384)) {
      throw new UsageException("--max-new-tokens must be in [1, 16384], was " + maxNewTokens);
    }
    try {
      return new Modelfile(
          "",
          null,
          null,
          template,
          system,
          thinking,
          null,
          maxNewTokens,
          sampling.sampling(),
          null,
          List.of(),
          null);
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }
}
