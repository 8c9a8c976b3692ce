package io.rkllm.tools.format;

import io.rkllm.chat.ChatFormat;
import java.util.List;
import java.util.stream.Stream;

/** A format, and the control tokens that its models read. */
record Family(String name, ChatFormat format, List<String> tokens) {
  static final List<Family> ALL =
      List.of(
          new Family("QWEN_2", ChatFormats.qwen2(), qwenTokens()),
          new Family("QWEN_3", ChatFormats.qwen3(), qwenTokens()),
          new Family("QWEN_3_INSTRUCT", ChatFormats.qwen3Instruct(), qwenTokens()),
          new Family("QWEN_3_THINKING", ChatFormats.qwen3Thinking(), qwenTokens()),
          new Family(
              "LLAMA_3",
              ChatFormats.llama3(),
              List.of(
                  "<|begin_of_text|>",
                  "<|start_header_id|>",
                  "<|end_header_id|>",
                  "<|eot_id|>",
                  "<|eom_id|>",
                  "<|python_tag|>")),
          new Family(
              "GEMMA",
              ChatFormats.gemma(),
              List.of("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>")),
          new Family(
              "DEEP_SEEK",
              ChatFormats.deepSeek(),
              List.of(
                  "<｜begin▁of▁sentence｜>",
                  "<｜end▁of▁sentence｜>",
                  "<｜User｜>",
                  "<｜Assistant｜>",
                  "<｜tool▁calls▁begin｜>",
                  "<｜tool▁call▁begin｜>",
                  "<｜tool▁sep｜>",
                  "<｜tool▁call▁end｜>",
                  "<｜tool▁calls▁end｜>",
                  "<｜tool▁outputs▁begin｜>",
                  "<｜tool▁output▁begin｜>",
                  "<｜tool▁output▁end｜>",
                  "<｜tool▁outputs▁end｜>",
                  "<|EOT|>",
                  "<think>",
                  "</think>")),
          new Family(
              "PHI_3",
              ChatFormats.phi3(),
              List.of(
                  "<s>",
                  "</s>",
                  "<|system|>",
                  "<|user|>",
                  "<|assistant|>",
                  "<|end|>",
                  "<|endoftext|>")),
          new Family(
              "PHI_4_MINI",
              ChatFormats.phi4Mini(),
              List.of(
                  "<|system|>",
                  "<|user|>",
                  "<|assistant|>",
                  "<|end|>",
                  "<|tool|>",
                  "<|/tool|>",
                  "<|tool_call|>",
                  "<|/tool_call|>",
                  "<|tool_response|>")),
          new Family(
              "MISTRAL",
              ChatFormats.mistral(),
              List.of(
                  "<s>",
                  "</s>",
                  "[INST]",
                  "[/INST]",
                  "[AVAILABLE_TOOLS]",
                  "[/AVAILABLE_TOOLS]",
                  "[TOOL_CALLS]",
                  "[TOOL_RESULTS]",
                  "[/TOOL_RESULTS]")),
          new Family("QWEN_3_5", ChatFormats.qwen35(), qwenXmlTokens()),
          new Family("QWEN_3_CODER", ChatFormats.qwen3Coder(), qwenXmlTokens()),
          new Family(
              "GEMMA_4",
              ChatFormats.gemma4(),
              List.of(
                  "<|turn>",
                  "<turn|>",
                  "<|tool>",
                  "<tool|>",
                  "<|tool_call>",
                  "<tool_call|>",
                  "<|tool_response>",
                  "<tool_response|>",
                  "<|channel>",
                  "<channel|>",
                  "<|\"|>",
                  "<|think|>")),
          new Family("SMOL_LM_3", ChatFormats.smolLm3(), qwenTokens()),
          new Family(
              "INTERN_LM_2",
              ChatFormats.internLm2(),
              List.of(
                  "<s>",
                  "</s>",
                  "<|im_start|>",
                  "<|im_end|>",
                  "<|action_start|>",
                  "<|action_end|>",
                  "<|plugin|>")),
          new Family("CHAT_GLM_3", ChatFormats.chatGlm3(), glmTokens()),
          new Family("GLM_4", ChatFormats.glm4(), glmTokens()));

  /**
   * Returns whether arguments are JSON, where control tokens can be escaped; elsewhere they get
   * spaces.
   */
  boolean writesJson() {
    return !List.of("QWEN_3_5", "QWEN_3_CODER", "GEMMA_4").contains(name);
  }

  /** Returns whether each call, and the text before it, is a separate answer, as in GLM. */
  boolean hasTurnsForCalls() {
    return List.of("CHAT_GLM_3", "GLM_4").contains(name);
  }

  boolean knowsTools() {
    return !name.equals("PHI_3");
  }

  @Override
  public String toString() {
    return name;
  }

  private static List<String> glmTokens() {
    return List.of(
        "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>");
  }

  private static List<String> qwenXmlTokens() {
    return Stream.concat(
            qwenTokens().stream(),
            Stream.of("<function=", "</function>", "<parameter=", "</parameter>"))
        .toList();
  }

  private static List<String> qwenTokens() {
    return List.of(
        "<|im_start|>",
        "<|im_end|>",
        "<|endoftext|>",
        "<tools>",
        "</tools>",
        "<tool_call>",
        "</tool_call>",
        "<tool_response>",
        "</tool_response>",
        "<think>",
        "</think>");
  }
}
