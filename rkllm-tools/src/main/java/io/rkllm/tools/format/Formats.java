package io.rkllm.tools.format;

import io.rkllm.chat.ChatFormat;

/** One of each format, since they have no state. */
final class Formats {
  static final ChatFormat QWEN_2 =
      new Qwen(
          "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.",
          Qwen.Thinking.NONE);
  static final ChatFormat QWEN_3 = new Qwen("", Qwen.Thinking.SWITCHED);
  static final ChatFormat QWEN_3_INSTRUCT = new Qwen("", Qwen.Thinking.NONE);
  static final ChatFormat QWEN_3_THINKING = new Qwen("", Qwen.Thinking.ALWAYS);
  static final ChatFormat LLAMA_3 = new Llama3();
  static final ChatFormat GEMMA = new Gemma();
  static final ChatFormat DEEP_SEEK = new DeepSeek();
  static final ChatFormat PHI_3 = new Phi3();
  static final ChatFormat PHI_4_MINI = new Phi4Mini();
  static final ChatFormat MISTRAL = new Mistral();
  static final ChatFormat QWEN_3_5 = new QwenXml(true);
  static final ChatFormat QWEN_3_CODER = new QwenXml(false);
  static final ChatFormat GEMMA_4 = new Gemma4();
  static final ChatFormat SMOL_LM_3 = new SmolLm3();
  static final ChatFormat INTERN_LM_2 = new InternLm2();
  static final ChatFormat CHAT_GLM_3 = new Glm(Glm.Version.CHAT_GLM_3);
  static final ChatFormat GLM_4 = new Glm(Glm.Version.GLM_4);

  private Formats() {}
}
