package io.rkllm.tools;

import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tools.format.ChatFormats;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Models of the Qwen family whose answers are scripted by the last thing they were told. */
final class ScriptedTools {
  private ScriptedTools() {}

  /** A runtime that answers what was said last, and keeps what it was told. */
  static ScriptedRuntime answering(Function<String, String> answers) {
    return ScriptedRuntime.answering(prompt -> cut(answers.apply(last(prompt))));
  }

  /** A model on it, with a chat format that knows tools. */
  static RkllmModel load(ScriptedRuntime runtime) {
    return load(runtime, ChatFormats.qwen3());
  }

  /** A model on it, with a chat format. */
  static RkllmModel load(ScriptedRuntime runtime, ChatFormat format) {
    return RkllmModel.builder(Path.of("scripted")).runtime(runtime).chatFormat(format).load();
  }

  /** Returns the last message of a prompt: a question, or the results of tools in their tags. */
  static String last(String prompt) {
    String begin = "<|im_start|>user\n";
    int at = prompt.lastIndexOf(begin) + begin.length();
    return prompt.substring(at, prompt.indexOf("<|im_end|>", at));
  }

  /** Returns the last message of each run. */
  static List<String> told(ScriptedRuntime runtime) {
    return runtime.requests().stream()
        .map(ScriptedRuntime::promptOf)
        .map(ScriptedTools::last)
        .toList();
  }

  /** An answer in pieces of three characters, across tags and names. */
  static Script cut(String answer) {
    List<String> pieces = new CopyOnWriteArrayList<>();
    for (int i = 0; i < answer.length(); i += 3) {
      pieces.add(answer.substring(i, Math.min(i + 3, answer.length())));
    }
    return Script.of(pieces.toArray(String[]::new));
  }

  /** A call as Qwen writes it. */
  static String call(String name, String arguments) {
    return "<tool_call>\n{\"name\": \"%s\", \"arguments\": %s}\n</tool_call>\n"
        .formatted(name, arguments);
  }
}
