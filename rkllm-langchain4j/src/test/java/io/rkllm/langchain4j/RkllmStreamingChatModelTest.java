package io.rkllm.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RkllmStreamingChatModelTest {
  private final RkllmStreamingChatModel model =
      RkllmStreamingChatModel.builder().model(Simulated.V1_3).build();

  @Test
  void cancel_longAnswer_stopsTheRunBeforeItsEnd() {
    long tokens = Simulated.V1_3.stats().generatedTokens();
    CompletableFuture<String> cancelled = new CompletableFuture<>();

    model.chat(
        "Tell me a long story",
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(PartialResponse response, PartialResponseContext context) {
            context.streamingHandle().cancel();
            cancelled.complete(response.text());
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            cancelled.completeExceptionally(new AssertionError(response.toString()));
          }

          @Override
          public void onError(Throwable error) {
            cancelled.completeExceptionally(error);
          }
        });

    assertThat(cancelled.join()).isNotEmpty();
    RkllmChatModel next = RkllmChatModel.builder().model(Simulated.V1_3).build();
    assertThat(next.chat("hello")).startsWith("Hello"); // after the run has ended
    assertThat(Simulated.V1_3.stats().generatedTokens() - tokens).isLessThan(200);
  }
}
