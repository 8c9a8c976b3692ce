package io.rkllm.tools.format;

import static io.rkllm.input.MediaTags.DEEPSEEK_OCR_IMAGE;
import static io.rkllm.input.MediaTags.GEMMA_4_AUDIO;
import static io.rkllm.input.MediaTags.GEMMA_4_IMAGE;
import static io.rkllm.input.MediaTags.INTERN_VL_IMAGE;
import static io.rkllm.input.MediaTags.QWEN_VL_IMAGE;
import static io.rkllm.input.MediaTags.QWEN_VL_VIDEO;
import static io.rkllm.tools.format.ModelFamily.Thinking.ALWAYS;
import static io.rkllm.tools.format.ModelFamily.Thinking.OPTIONAL;
import static io.rkllm.tools.parser.Dialects.COHERE;
import static io.rkllm.tools.parser.Dialects.DEEPSEEK;
import static io.rkllm.tools.parser.Dialects.FENCED;
import static io.rkllm.tools.parser.Dialects.GEMMA;
import static io.rkllm.tools.parser.Dialects.GLM;
import static io.rkllm.tools.parser.Dialects.GRANITE;
import static io.rkllm.tools.parser.Dialects.HARMONY;
import static io.rkllm.tools.parser.Dialects.HERMES;
import static io.rkllm.tools.parser.Dialects.HUNYUAN;
import static io.rkllm.tools.parser.Dialects.INTERNLM;
import static io.rkllm.tools.parser.Dialects.KIMI;
import static io.rkllm.tools.parser.Dialects.LLAMA;
import static io.rkllm.tools.parser.Dialects.MINICPM;
import static io.rkllm.tools.parser.Dialects.MINIMAX;
import static io.rkllm.tools.parser.Dialects.MISTRAL;
import static io.rkllm.tools.parser.Dialects.NEMOTRON;
import static io.rkllm.tools.parser.Dialects.OLMO;
import static io.rkllm.tools.parser.Dialects.PHI;
import static io.rkllm.tools.parser.Dialects.QWEN_CODER;
import static io.rkllm.tools.parser.Dialects.RWKV;
import static io.rkllm.tools.parser.Dialects.SMOLLM;

import io.rkllm.chat.ChatFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The families that are known. To add one, add an entry. */
final class Families {
  /** The first whose expression is found in a name decides: a special family precedes its kind. */
  static final List<ModelFamily> ALL =
      Stream.of(
              family("chatml", null).format(ChatFormat.chatMl()).withoutTools(),
              // DeepSeek, before those that its distilled models are made of
              family("deepseek", "deepseek.?r1").format(Formats.DEEP_SEEK).thinks(OPTIONAL),
              family("deepseek-ocr", "deepseek.?ocr").dialect(DEEPSEEK).images(DEEPSEEK_OCR_IMAGE),
              family("deepseek-v3", "deepseek").dialect(DEEPSEEK),
              family("hermes", "hermes").format(Formats.QWEN_3_INSTRUCT),
              // Qwen
              family("qwen3.5", "qwen.?3(?:\\.[5-9]|_[5-9](?![\\d.]*b))")
                  .format(Formats.QWEN_3_5)
                  .thinks(OPTIONAL)
                  .images(QWEN_VL_IMAGE)
                  .videos(QWEN_VL_VIDEO),
              family("qwen3-coder", "qwen.?3.?coder").format(Formats.QWEN_3_CODER),
              family("qwen3-vl-thinking", "qwen.?3.?vl.*thinking")
                  .format(Formats.QWEN_3_THINKING)
                  .thinks(ALWAYS)
                  .images(QWEN_VL_IMAGE)
                  .videos(QWEN_VL_VIDEO),
              family("qwen3-vl", "qwen.?3.?vl")
                  .format(Formats.QWEN_3_INSTRUCT)
                  .images(QWEN_VL_IMAGE)
                  .videos(QWEN_VL_VIDEO),
              family("qwen3-embedding", "qwen.?3.?(?:embedding|reranker)").dialect(HERMES),
              family("qwen3-next", "qwen.?3.?(?:next|omni)").dialect(HERMES),
              family("qwen3-thinking", "qwen.?3.*thinking")
                  .format(Formats.QWEN_3_THINKING)
                  .thinks(ALWAYS),
              family("qwen3-instruct", "qwen.?3.*(?:instruct|2507)")
                  .format(Formats.QWEN_3_INSTRUCT),
              family("qwen3", "qwen.?3").format(Formats.QWEN_3).thinks(OPTIONAL),
              family("qwen2-vl", "qwen.?2(?:[._]5)?.?vl")
                  .format(Formats.QWEN_2)
                  .images(QWEN_VL_IMAGE)
                  .videos(QWEN_VL_VIDEO),
              family("qwen2", "qwen.?(?:1\\.5|2)").format(Formats.QWEN_2),
              family("qwq", "qwq").dialect(HERMES).thinks(ALWAYS),
              family("qwen", "qwen").dialect(HERMES),
              // Gemma
              family("gemma4", "gemma.?4")
                  .format(Formats.GEMMA_4)
                  .thinks(OPTIONAL)
                  .images(GEMMA_4_IMAGE)
                  .audio(GEMMA_4_AUDIO),
              family("functiongemma", "function.?gemma").dialect(GEMMA),
              family("gemma3n", "gemma.?3n").dialect(FENCED),
              family("gemma", "gemma").format(Formats.GEMMA),
              // Others by name
              family("smollm3", "smol.?lm.?3").format(Formats.SMOL_LM_3).thinks(OPTIONAL),
              family("minicpm4", "minicpm.?[34]")
                  .format(ChatFormat.chatMl())
                  .dialect(MINICPM)
                  .withoutTools(),
              family("minicpm", "minicpm").dialect(MINICPM),
              family("telechat", "telechat").dialect(HERMES),
              family("kimi", "kimi|moonshot|moonlight").dialect(KIMI),
              family("rwkv", "rwkv").dialect(RWKV),
              family("smollm", "smol.?lm").dialect(SMOLLM),
              family("internlm2", "intern.?lm.?2").format(Formats.INTERN_LM_2),
              family("internlm3", "intern.?lm.?3|intern.?s1").dialect(HERMES),
              family("internlm", "intern.?lm").dialect(INTERNLM),
              family("internvl", "intern.?vl").images(INTERN_VL_IMAGE),
              family("chatglm3", "chatglm.?3").format(Formats.CHAT_GLM_3),
              family("glm4", "glm.?4(?![._]\\d)").format(Formats.GLM_4),
              family("glm4.5", "glm.?[45]").dialect(GLM).thinks(OPTIONAL),
              family("glm", "glm").dialect(GLM),
              family("phi3", "phi.?3").format(Formats.PHI_3).withoutTools(),
              family("phi4-mini-reasoning", "phi.?4.?mini.*reason")
                  .format(Formats.PHI_4_MINI)
                  .thinks(ALWAYS),
              family("phi4-mini", "phi.?4.?mini").format(Formats.PHI_4_MINI),
              family("phi4", "phi.?4").dialect(PHI),
              family("llama2", "tiny.?llama|code.?llama|llama.?2"),
              family("llama3", "llama.?3").format(Formats.LLAMA_3),
              family("llama4", "llama.?4").dialect(LLAMA),
              family("gpt-oss", "gpt.?oss").dialect(HARMONY).thinks(ALWAYS),
              family("command", "command.?[ra]|c4ai").dialect(COHERE),
              family("minimax", "minimax").dialect(MINIMAX),
              family("nemotron3", "nemotron.?3").dialect(QWEN_CODER).thinks(OPTIONAL),
              family("nemotron", "nemotron").dialect(NEMOTRON).thinks(OPTIONAL),
              family("granite4", "granite.?4").dialect(HERMES),
              family("granite", "granite").dialect(GRANITE),
              family("hunyuan", "hunyuan").dialect(HUNYUAN).thinks(OPTIONAL),
              family("lfm2", "lfm.?2").dialect(MINICPM),
              family("olmo3", "olmo.?3").dialect(OLMO),
              family("exaone4", "exaone.?4").dialect(HERMES).thinks(OPTIONAL),
              family("falcon-h1", "falcon.?h1").dialect(HERMES),
              family("ernie4.5", "ernie.?4").dialect(HERMES),
              family("mistral", "mistral.?7b|mixtral").format(Formats.MISTRAL),
              family("ministral", "mi[sx]tral|magistral|devstral").dialect(MISTRAL))
          .map(ModelFamily.Entry::build)
          .toList();

  private Families() {}

  private static ModelFamily.Entry family(String name, @Nullable String models) {
    return new ModelFamily.Entry(name, models);
  }

  /** Returns the control tokens of all formats. */
  static ControlTokens controlTokens() {
    return ControlTokens.union(
        ALL.stream()
            .flatMap(family -> family.chatFormat().stream())
            .filter(FamilyFormat.class::isInstance)
            .map(format -> ((FamilyFormat) format).tokens())
            .toList());
  }
}
