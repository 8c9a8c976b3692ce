package io.rkllm.examples.server.cli;

import io.rkllm.chat.ChatMessage;
import io.rkllm.examples.chat.Interrupts;
import io.rkllm.examples.chat.Terminal;
import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.chat.ChatAnswer;
import io.rkllm.examples.server.chat.ChatRequest;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.examples.server.chat.Settings;
import io.rkllm.examples.server.http.Json;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.tools.AnswerSchema;
import io.rkllm.tools.event.ChatEvent;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code rkllm run}: answers a single prompt. */
@Command(
    name = "run",
    description = {
      "Answers one prompt.",
      "",
      "The prompt consists of the words of the command line, followed by the piped input."
          + " Standard output contains only the answer."
    },
    footer = {
      "",
      "Examples:",
      "  rkllm run \"What are you?\"",
      "  rkllm run -m qwen3-0.6b Translate into French: good morning",
      "  git diff | rkllm run -m qwen3-4b \"Write a commit message for this:\"",
      "  rkllm run -m qwen3-4b --schema city.json \"Where is the Louvre?\" | jq .city"
    })
final class RunCommand implements Callable<Integer> {
  private static final Duration LONG = Duration.ofHours(1);

  private final Terminal terminal = new Terminal();

  @Parameters(arity = "0..*", paramLabel = "WORDS", description = "The prompt.")
  private List<String> words = List.of();

  @Option(
      names = "--schema",
      paramLabel = "FILE",
      description = "A JSON Schema; the answer is one JSON object that matches it.")
  private @Nullable Path schema;

  @Option(names = "--json", description = "Print answer and figures as one JSON object.")
  private boolean json;

  @Option(names = "--stats", description = "Print the figures of the answer on standard error.")
  private boolean stats;

  @Mixin private ModelOptions options = new ModelOptions();
  @Mixin private AnswerOptions answers = new AnswerOptions();

  @Override
  public Integer call() throws IOException {
    StoredModel stored = options.chosen(answers.modelfile(), terminal);
    AnswerSchema answerSchema = schema == null ? null : AnswerSchema.of(Files.readString(schema));
    String prompt = prompt();
    Interrupts interrupts = Interrupts.install(terminal, false);
    try (RunningModel model = RunningModel.load(stored, options.load(), terminal)) {
      ChatRequest request =
          new ChatRequest(
              model.name(),
              List.of(new ChatMessage.User(prompt)),
              List.of(),
              null,
              answerSchema,
              Settings.NONE);
      print(model, request, interrupts);
      return 0;
    }
  }

  private String prompt() throws IOException {
    List<String> parts = new ArrayList<>();
    if (!words.isEmpty()) {
      parts.add(String.join(" ", words));
    }
    if (!terminal.readsFromTerminal()) {
      parts.add(piped());
    }
    String prompt = String.join("\n\n", parts).strip();
    if (prompt.isEmpty()) {
      throw new UsageException("there is no prompt; give it as an argument, or pipe it in");
    }
    return prompt;
  }

  private String piped() throws IOException {
    try {
      return terminal.readAll().strip();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("what is piped in is not UTF-8", e);
    }
  }

  private void print(RunningModel model, ChatRequest request, Interrupts interrupts) {
    CollectedAnswer collected = new CollectedAnswer();
    PrintedAnswer printed = new PrintedAnswer(terminal);
    try (ChatAnswer answer =
        interrupts.begin(() -> model.engine().answer(request), ChatAnswer::cancel)) {
      while (!collected.isComplete()) {
        ChatEvent event = answer.next(LONG);
        if (event != null) {
          collected.add(event);
          if (!json) {
            printed.print(event);
          }
        }
      }
      finish(model.name(), collected, answer.end());
    } finally {
      interrupts.ended();
    }
  }

  private void finish(String model, CollectedAnswer answer, AnswerEnd end) {
    if (json) {
      terminal.printLine(asJson(model, answer, end).toString());
    }
    terminal.endLine();
    if (stats) {
      terminal.note(StatsLine.of(end));
    }
  }

  private static ObjectNode asJson(String model, CollectedAnswer answer, AnswerEnd end) {
    ObjectNode object = Json.object().put("model", model).put("response", answer.text());
    if (!answer.thinking().isEmpty()) {
      object.put("thinking", answer.thinking());
    }
    return object
        .put("finish_reason", end.reason().name().toLowerCase(Locale.ROOT))
        .put("prompt_tokens", end.promptTokens())
        .put("new_tokens", end.newTokens())
        .put("seconds_to_first_token", end.stats().timeToFirstToken().toNanos() / 1e9)
        .put("tokens_per_second", end.stats().tokensPerSecond());
  }
}
