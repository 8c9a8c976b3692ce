package io.rkllm.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.test.options.AbstractChatOptionsTests;

/** Spring AI's contract of options, and those that are ours. */
class RkllmChatOptionsTest
    extends AbstractChatOptionsTests<RkllmChatOptions, RkllmChatOptions.Builder> {

  @Override
  protected Class<RkllmChatOptions> getConcreteOptionsClass() {
    return RkllmChatOptions.class;
  }

  @Override
  protected RkllmChatOptions.Builder readyToBuildBuilder() {
    return RkllmChatOptions.builder()
        .temperature(0.5)
        .stopSequences(List.of("end"))
        .toolContext("user", "ada")
        .thinking(true)
        .timeout(Duration.ofSeconds(9))
        .outputSchema("{}");
  }

  @Test
  void combineWith_ownBuilder_takesWhatIsSetThere() {
    RkllmChatOptions combined =
        RkllmChatOptions.builder()
            .thinking(false)
            .maxTokens(7)
            .combineWith(readyToBuildBuilder())
            .build();

    assertThat(combined).isEqualTo(readyToBuildBuilder().maxTokens(7).build());
  }

  @Test
  void combineWith_otherBuilder_keepsWhatThatLacks() {
    RkllmChatOptions combined =
        readyToBuildBuilder().combineWith(ChatOptions.builder().topK(3)).build();

    assertThat(combined).isEqualTo(readyToBuildBuilder().topK(3).build());
  }
}
