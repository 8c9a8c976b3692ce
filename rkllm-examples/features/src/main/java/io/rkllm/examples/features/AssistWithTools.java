package io.rkllm.examples.features;

import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import io.rkllm.tools.Param;
import io.rkllm.tools.Tool;
import io.rkllm.tools.ToolGeneration;
import io.rkllm.tools.ToolSession;
import io.rkllm.tools.ToolSet;
import io.rkllm.tools.event.ChatEvent.ArgumentsDelta;
import io.rkllm.tools.event.ChatEvent.Finished;
import io.rkllm.tools.event.ChatEvent.MalformedToolCall;
import io.rkllm.tools.event.ChatEvent.TextDelta;
import io.rkllm.tools.event.ChatEvent.ThinkingDelta;
import io.rkllm.tools.event.ChatEvent.ToolCallCompleted;
import io.rkllm.tools.event.ChatEvent.ToolCallStarted;
import io.rkllm.tools.event.ToolReturned;
import io.rkllm.tools.event.ToolSessionEvent;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;

/**
 * An assistant in the terminal with three tools. Prints calls while the model writes them, then the
 * results of the tools, and then the answer. Reads one question per line until the end of the
 * input.
 *
 * <p>Arguments: a model and its library; without them, the simulator and a model made for this. On
 * a board, use a model whose template supports tools, such as Qwen3; load other models with one of
 * {@code ChatFormats}.
 */
final class AssistWithTools {
  /** The tools that the model may call. */
  public static final class Tools {
    /** The unit of a temperature. */
    public enum Unit {
      CELSIUS,
      FAHRENHEIT
    }

    public record Temperature(String city, double degrees, Unit unit) {}

    public record Time(LocalTime time) {}

    public record Product(long product) {}

    @Tool(description = "The temperature in a city")
    public Temperature temperature(
        @Param(name = "city") String city, @Param(name = "unit") Unit unit) {
      double celsius = city.length() * 2.5; // there is no thermometer
      return new Temperature(city, unit == Unit.CELSIUS ? celsius : celsius * 1.8 + 32, unit);
    }

    @Tool(description = "What time it is")
    public Time current_time(
        @Param(name = "zone", description = "such as Europe/Berlin") String zone) {
      return new Time(LocalTime.now(ZoneId.of(zone)).truncatedTo(ChronoUnit.MINUTES));
    }

    @Tool(description = "Multiplies two whole numbers")
    public Product multiply(@Param(name = "a") long a, @Param(name = "b") long b) {
      return new Product(Math.multiplyExact(a, b));
    }
  }

  public static void main(String[] args) {
    try (RkllmModel model =
            RkllmModel.builder(
                    args.length > 0 ? Path.of(args[0]) : SimulatorFile.named("assistant.rkllm"))
                .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
                .contextLength(2048)
                .captureNativeOutput()
                .load();
        ToolSession session = ToolSession.builder(model, ToolSet.of(new Tools())).open()) {
      for (String line = IO.readln("> "); line != null; line = IO.readln("> ")) {
        if (!line.isBlank()) {
          answer(session.generate(line.strip()));
        }
      }
      IO.println();
    }
  }

  private static void answer(ToolGeneration generation) {
    for (ToolSessionEvent event : generation) {
      switch (event) {
        case TextDelta delta -> IO.print(delta.text());
        case ThinkingDelta _ -> {}
        case ToolCallStarted started -> IO.print("\n  calls " + started.name() + " ");
        case ArgumentsDelta delta -> IO.print(delta.json());
        case ToolCallCompleted _ -> IO.println();
        case MalformedToolCall malformed -> IO.println("  no call: " + malformed.reason());
        case ToolReturned returned ->
            IO.println("  " + returned.call().name() + " gave " + returned.result().text());
        case Finished _ -> {}
      }
    }
    IO.println();
  }
}
