package io.rkllm.examples.chat;

import io.rkllm.RkllmModel;
import io.rkllm.SessionOptions;
import io.rkllm.chat.ChatFormat;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of the command line, and the corresponding settings of the model and the session. */
@Command(
    sortOptions = false,
    abbreviateSynopsis = true,
    description = {
      "Talks with a language model in the terminal; each token appears as it is generated.",
      "",
      "Without --model it talks with a demonstration model on a simulated runtime, which needs no"
          + " board.",
      ""
    },
    footer = {
      "",
      "In the conversation: /help shows the commands, Ctrl-C stops an answer, Ctrl-C at the prompt"
          + " or Ctrl-D exits. Lines that are piped in are answered one after the other.",
      "",
      "Examples:",
      "  java -jar rkllm-chat.jar --prompt \"What are you?\"",
      "  java -jar rkllm-chat.jar --model qwen3-0.6b.rkllm --library ./librkllmrt.so",
      "  java -jar rkllm-chat.jar --model qwen3-0.6b.rkllm --system \"Answer in French.\"",
      "  java -jar rkllm-chat.jar --doctor"
    })
final class ChatOptions {
  /** The built-in formats for rendering a conversation. */
  enum Format {
    chatml
  }

  @Option(names = "--model", paramLabel = "FILE", description = "The model, an .rkllm file.")
  @Nullable Path model;

  @Option(
      names = "--library",
      paramLabel = "FILE",
      description =
          "The librkllmrt.so to use, or the folder it is in. Without it: RKLLM_LIBRARY_PATH, then"
              + " the usual folders.")
  @Nullable Path library;

  @Option(names = "--prompt", paramLabel = "TEXT", description = "Answer this prompt and exit.")
  @Nullable String prompt;

  @Option(
      names = "--thinking",
      description =
          "Let the model think before it answers, if its template supports it. /think switches"
              + " it.")
  boolean thinking;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "A system prompt. Requires a chat format; chatml by default.")
  @Nullable String system;

  @Option(
      names = "--chat-format",
      paramLabel = "NAME",
      description =
          "Render the conversation in this format instead of the template in the model file:"
              + " ${COMPLETION-CANDIDATES}.")
  @Nullable Format chatFormat;

  @Option(
      names = "--context",
      paramLabel = "TOKENS",
      description =
          "The context length: tokens of conversation and answer together, a multiple of 32. By"
              + " default that of the runtime, often 512.")
  @Nullable Integer context;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "TOKENS",
      description = "The maximum number of tokens of an answer.")
  @Nullable Integer maxNewTokens;

  @ArgGroup(validate = false, heading = "%nSampling (by default as set by the runtime):%n")
  SamplingOptions sampling = new SamplingOptions();

  @ArgGroup(validate = false, heading = "%nHelp and diagnosis:%n")
  HelpOptions help = new HelpOptions();

  /** Options for diagnosis, and for printing the usage. */
  static final class HelpOptions {
    @Option(
        names = "--doctor",
        description =
            "Examine the runtime's library and the machine, print the findings, and exit.")
    boolean doctor;

    @Option(
        names = "--show-runtime-log",
        description =
            "Show what the runtime and the SDK log, on standard error. RKLLM_LOG_LEVEL=1 adds"
                + " figures.")
    boolean showRuntimeLog;

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Print this help and exit.")
    boolean help;
  }

  @Spec(Spec.Target.MIXEE)
  @Nullable CommandSpec command;

  /** Returns a builder with the options for loading the model. */
  RkllmModel.Builder model() {
    try {
      RkllmModel.Builder builder =
          RkllmModel.builder(model != null ? model : Simulator.demonstrationModel())
              .shutdownGrace(Duration.ZERO); // no answer is awaited when the program is ended
      if (library != null) {
        builder.library(library);
      } else if (model == null) {
        builder.library(Simulator.library(Release.V1_3_1));
      }
      if (context != null) {
        builder.contextLength(context);
      } else if (model == null) {
        builder.contextLength(4096); // the runtime's own default has a capacity of five answers
      }
      if (maxNewTokens != null) {
        builder.maxNewTokens(maxNewTokens);
      }
      if (ownFormat()) {
        builder.chatFormat(ChatFormat.chatMl());
      }
      // The runtime prints its log to standard output, which is reserved for the conversation.
      return builder.sampling(sampling.sampling()).captureNativeOutput();
    } catch (IllegalArgumentException e) {
      throw refused(e.getMessage());
    }
  }

  /** Returns the options for the session. */
  SessionOptions session() {
    if (thinking && ownFormat()) {
      throw refused(
          "--thinking is up to the template in the model file; the format chatml, which was asked"
              + " for, has none.");
    }
    try {
      return system == null
          ? SessionOptions.defaults()
          : SessionOptions.builder().systemPrompt(system).build();
    } catch (IllegalArgumentException e) {
      throw refused(e.getMessage());
    }
  }

  /** Returns whether the SDK renders the conversation instead of the template in the model file. */
  private boolean ownFormat() {
    return chatFormat != null || system != null;
  }

  private ParameterException refused(@Nullable String reason) {
    return new ParameterException(Objects.requireNonNull(command).commandLine(), reason);
  }
}
