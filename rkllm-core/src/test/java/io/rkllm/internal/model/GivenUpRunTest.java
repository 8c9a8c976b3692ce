package io.rkllm.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.InferenceException;
import io.rkllm.InferenceSession;
import io.rkllm.InferenceTimeoutException;
import io.rkllm.ModelClosedException;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.chat.ChatFormat;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs whose native code does not return for a long time after they were stopped. */
@Timeout(30)
class GivenUpRunTest {
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  /** Hangs in the middle of a character. */
  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(
          prompt ->
              prompt.contains("hang")
                  ? Script.of("a")
                      .then(Script.ofPieces(List.of(new byte[] {(byte) 0xC3})))
                      .then(started::countDown)
                      .then(goOn::await)
                  : Script.of("ok"));

  private final RkllmModel model = load();

  private RkllmModel load() {
    ModelOptions options = new ModelOptions(Path.of("scripted"));
    options.provider = runtime;
    options.chatFormat = ChatFormat.chatMl();
    options.stopGrace = Duration.ofMillis(20);
    return LoadedModel.load(options);
  }

  @AfterEach
  void close() {
    goOn.countDown();
    model.close();
    assertThat(runtime.openModels()).isZero();
  }

  private static List<Token> tokensOf(Generation generation) {
    List<Token> tokens = new ArrayList<>();
    assertThatThrownBy(() -> generation.forEach(tokens::add))
        .isInstanceOf(InferenceException.class);
    return tokens;
  }

  @Test
  void readersAreReleased_andNothingIsAddedWhenItReturns() throws Exception {
    try (InferenceSession session = model.openSession()) {
      Generation generation = session.generate("hang");
      started.await();
      generation.cancel();

      assertThatThrownBy(generation::await)
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("native code has not returned");
      assertThat(model.isUnresponsive()).isTrue();
      List<Token> tokens = tokensOf(generation);
      goOn.countDown();
      await().until(() -> !model.isUnresponsive());

      assertThat(session.generate("next").text()).isEqualTo("ok");
      assertThat(tokensOf(generation)).isEqualTo(tokens);
      assertThat(ScriptedRuntime.promptOf(runtime.requests().getLast()))
          .as("its readers saw it fail")
          .doesNotContain("hang");
      assertThat(session.history()).hasSize(2);
    }
  }

  @Test
  void timeout_isWhatItsReadersSee() throws Exception {
    Generation generation =
        model.generate("hang", GenerationOptions.builder().timeout(Duration.ofMillis(20)).build());
    assertThatThrownBy(generation::await).isInstanceOf(InferenceTimeoutException.class);
  }

  @Test
  void modelThatIsClosed_isWhatItsReadersSee() throws Exception {
    Generation generation = model.generate("hang");
    started.await();
    Thread closing = Thread.ofPlatform().start(model::close);
    assertThatThrownBy(generation::await)
        .isInstanceOf(ModelClosedException.class)
        .hasMessageContaining("native code has not returned");
    goOn.countDown();
    closing.join();
  }
}
