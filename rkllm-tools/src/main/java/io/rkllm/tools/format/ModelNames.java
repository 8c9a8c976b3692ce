package io.rkllm.tools.format;

import io.rkllm.chat.ChatFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Which format the name of a model stands for. */
final class ModelNames {
  /** The first that is found in the name decides, so what is special stands before its family. */
  private static final List<Entry> ENTRIES =
      List.of(
          known("deepseek.?r1", Formats.DEEP_SEEK),
          unknown("deepseek"),
          unknown("qwen.?3[._]\\d|qwen.?3.?(?:coder|next|omni|embedding|reranker)"),
          known("qwen.?3.*thinking", Formats.QWEN_3_THINKING),
          known("qwen.?3.*(?:instruct|2507)", Formats.QWEN_3_INSTRUCT),
          known("qwen.?3", Formats.QWEN_3),
          known("qwen.?(?:1\\.5|2)", Formats.QWEN_2),
          unknown("gemma.?(?:4|3n)"),
          known("gemma", Formats.GEMMA),
          known("phi.?3", Formats.PHI_3),
          known("phi.?4.?mini", Formats.PHI_4_MINI),
          unknown("tiny.?llama|code.?llama"),
          known("llama.?3", Formats.LLAMA_3),
          known("mistral.?7b|mixtral", Formats.MISTRAL));

  private record Entry(Pattern name, Optional<ChatFormat> format) {}

  private ModelNames() {}

  static Optional<ChatFormat> format(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return ENTRIES.stream()
        .filter(entry -> entry.name.matcher(lower).find())
        .findFirst()
        .flatMap(Entry::format);
  }

  private static Entry known(String name, ChatFormat format) {
    return new Entry(Pattern.compile(name), Optional.of(format));
  }

  /** A model whose name looks like a family's but which has another format. */
  private static Entry unknown(String name) {
    return new Entry(Pattern.compile(name), Optional.empty());
  }
}
