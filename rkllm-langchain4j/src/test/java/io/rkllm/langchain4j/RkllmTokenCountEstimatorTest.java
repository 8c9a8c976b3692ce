package io.rkllm.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.TokenWindowChatMemory;
import io.rkllm.GenerationResult;
import io.rkllm.RkllmModel;
import io.rkllm.chat.Conversation;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import io.rkllm.simulator.SimulatorModelFile;
import io.rkllm.tools.format.ChatFormats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RkllmTokenCountEstimatorTest {
  @TempDir private Path folder;
  private RkllmModel model;
  private RkllmTokenCountEstimator estimator;

  @BeforeEach
  void load() throws IOException {
    model =
        RkllmModel.builder(
                SimulatorModelFile.of("RKLLM-SIMULATOR-MODEL 1\nname: tiny\n")
                    .architecture("other")
                    .byteTokens()
                    .number("tokenizer.ggml.bos_token_id", 256)
                    .flag("tokenizer.ggml.add_bos_token", true)
                    .write(folder.resolve("tiny.rkllm")))
            .library(Simulator.library(Release.V1_3_1))
            .chatFormat(ChatFormats.qwen2()) // with a system prompt of its own
            .contextLength(2048)
            .load();
    estimator = new RkllmTokenCountEstimator(model);
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void messages_countAsThePromptThatTheModelReads() {
    List<ChatMessage> messages = List.of(UserMessage.from("What is the capital of Germany?"));

    GenerationResult result = model.generate(Conversation.of(Messages.toRkllm(messages))).await();

    assertThat(estimator.estimateTokenCountInMessages(messages))
        .isEqualTo(result.stats().promptTokens().getAsInt());
    assertThat(estimator.estimateTokenCountInMessages(List.of())).isZero();
    assertThat(estimator.estimateTokenCountInText("text")).isEqualTo(4);
  }

  @Test
  void memory_withALimit_neverHoldsMoreThanThat() {
    int limit = 400;
    ChatMemory memory = TokenWindowChatMemory.withMaxTokens(limit, estimator);

    for (int i = 0; i < 20; i++) {
      String details = i % 5 == 4 ? "?".repeat(150) : "?"; // removes several messages at once
      memory.add(UserMessage.from("question number " + i + details));
      memory.add(AiMessage.from("answer number " + i));
      assertThat(model.countTokens(Conversation.of(Messages.toRkllm(memory.messages()))).getAsInt())
          .isLessThanOrEqualTo(limit);
    }
    assertThat(memory.messages()).isNotEmpty();
  }

  @Test
  void model_withoutATokenizerInItsFile_cannotCount() {
    RkllmTokenCountEstimator other = new RkllmTokenCountEstimator(Simulated.V1_3);

    assertThatIllegalStateException()
        .isThrownBy(() -> other.estimateTokenCountInText("text"))
        .withMessageContaining("no tokenizer");
  }
}
