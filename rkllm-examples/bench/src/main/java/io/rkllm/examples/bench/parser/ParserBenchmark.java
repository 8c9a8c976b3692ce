package io.rkllm.examples.bench.parser;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.parser.ChatParser;
import io.rkllm.tools.parser.Dialects;
import io.rkllm.tools.parser.ParserOptions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Measures the detection of tool calls in an answer that arrives one character at a time. */
@State(Scope.Benchmark)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class ParserBenchmark {
  private static final int LARGEST = 1_000_000;

  /** The expression in the documentation of models. */
  private static final Pattern CALL =
      Pattern.compile("<tool_call>\\s*(.*?)\\s*</tool_call>", Pattern.DOTALL);

  private static final ParserOptions OPTIONS =
      ParserOptions.builder().tools(Set.of("search")).maxCallLength(2 * LARGEST).build();

  /** The length of the answer in characters. */
  @Param({"1000", "10000", "100000", "1000000"})
  public int length;

  /**
   * The content of the answer: words, the arguments of one call, many short calls, a call with
   * parameters between tags, a call in Python, or the beginnings of tags and objects that are not
   * completed.
   */
  @Param({"words", "one-call", "many-calls", "parameters", "python", "false-starts"})
  public String kind = "";

  private String[] characters = {};

  /** Creates the answer. */
  @Setup
  public void makeAnswer() {
    String call =
        Dialects.HERMES.render(List.of(new ToolCall("0", "search", "{\"query\": \"x\"}")));
    String answer =
        switch (kind) {
          case "words" -> repeated("The sky is blue. ", "");
          case "one-call" ->
              "<tool_call>{\"name\": \"search\", \"arguments\": {\"query\": \""
                  + repeated("blue sky ", "\"}}</tool_call>");
          case "many-calls" -> repeated(call + "\n", "");
          case "parameters" ->
              "<tool_call><function=search><parameter=query>"
                  + repeated("a < b, <b>blue</b> sky\n", "</parameter></function></tool_call>");
          case "python" -> "[search(query=[" + repeated("'blue sky', ", "])]");
          default -> repeated("<tool_cal {\n{\"name\": \"[\n[[ ```json\n``` functools[\n", "");
        };
    characters = answer.split("");
  }

  private String repeated(String part, String end) {
    return part.repeat(length / part.length() + 1).substring(0, length - end.length()) + end;
  }

  /** Measures the parser of rkllm-tools. */
  @Benchmark
  public void parse(Blackhole events) {
    ChatParser parser = new ChatParser(OPTIONS, events::consume);
    for (String character : characters) {
      parser.push(character);
    }
    parser.finish();
  }

  /**
   * Measures the expression run again at each token, as in programs that show calls while they
   * arrive.
   */
  @Benchmark
  @Warmup(iterations = 1, time = 500, timeUnit = TimeUnit.MILLISECONDS)
  public void match(Blackhole calls) {
    String text = "";
    for (String character : characters) {
      text += character;
      Matcher matcher = CALL.matcher(text);
      while (matcher.find()) {
        calls.consume(matcher.group(1));
      }
    }
  }
}
