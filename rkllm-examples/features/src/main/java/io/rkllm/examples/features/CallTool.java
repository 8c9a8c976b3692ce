package io.rkllm.examples.features;

import io.rkllm.InferenceSession;
import io.rkllm.RkllmModel;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import java.nio.file.Path;

/**
 * Declares a tool to the model's own template. The model answers with a call, the program executes
 * it and returns the result, and the model puts the result into a sentence.
 *
 * <p>This shows only the part of the runtime, which reads and writes raw text; rkllm-tools does all
 * of this.
 *
 * <p>Arguments: a model and its library; without them, the simulator and its demonstration model.
 * On a board, use a model whose template supports tools, such as Qwen3.
 */
final class CallTool {
  private static final String TOOLS =
      """
      [{"type": "function", "function": {
        "name": "get_temperature",
        "description": "The temperature outside, in degrees Celsius",
        "parameters": {"type": "object", "required": ["city"],
          "properties": {"city": {"type": "string"}}}}}]""";

  public static void main(String[] args) {
    try (RkllmModel model =
        RkllmModel.builder(args.length > 0 ? Path.of(args[0]) : Simulator.demonstrationModel())
            .library(args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1))
            .contextLength(2048)
            .load()) {
      model.setFunctionTools(new FunctionTools("You may use tools.", TOOLS, "tool_response"));
      try (InferenceSession session = model.openSession()) {
        String call = session.generate("What is the temperature in Bremen?").text();
        System.out.println("the model:   " + call);
        String result = call.contains("get_temperature") ? "[{\"temperature\": 21}]" : "[]";
        System.out.println("the program: " + result);
        var answer = session.generate(TextPrompt.of(result).withRole(Role.TOOL));
        System.out.println("the model:   " + answer.text());
      }
    }
  }
}
