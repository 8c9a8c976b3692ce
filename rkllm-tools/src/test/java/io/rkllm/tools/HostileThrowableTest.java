package io.rkllm.tools;

import static io.rkllm.tools.ScriptedTools.call;
import static io.rkllm.tools.ScriptedTools.told;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.RkllmException;
import io.rkllm.RkllmModel;
import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tools.event.ToolReturned;
import io.rkllm.tools.format.ChatFormats;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any throwable of user code ends a call or a question, but never the session. */
@Timeout(30)
class HostileThrowableTest {
  private final ScriptedRuntime runtime =
      ScriptedTools.answering(told -> told.equals("call it") ? call("tool", "{}") : "done");
  private volatile RkllmModel model = ScriptedTools.load(runtime);

  /** An exception whose methods throw. */
  private static final class Hostile extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw this;
    }
  }

  private record NoInput() {}

  static Stream<Throwable> throwables() {
    return Stream.of(
        new Hostile(),
        new IOException("planted"),
        new AssertionError("planted"),
        new StackOverflowError("planted"),
        new OutOfMemoryError("planted"));
  }

  @SuppressWarnings("unchecked") // so that a checked one gets past the compiler
  private static <T extends Throwable> void raise(Throwable thrown) throws T {
    throw (T) thrown;
  }

  private ToolSession.Builder session(Throwable thrownByTool) {
    ToolSet tools =
        ToolSet.builder()
            .add(
                "tool",
                "",
                NoInput.class,
                _ -> {
                  if (thrownByTool != null) {
                    HostileThrowableTest.<RuntimeException>raise(thrownByTool);
                  }
                  return "ran";
                })
            .build();
    return ToolSession.builder(model, tools);
  }

  @AfterEach
  void close() {
    model.close();
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void tool_throws_isToldToTheModel(Throwable planted) {
    try (ToolSession session = session(planted).open()) {
      ToolGenerationResult result = session.generate("call it").await();

      assertThat(result.text()).isEqualTo("done");
      assertThat(result.returned())
          .singleElement()
          .matches(returned -> returned.outcome() == ToolReturned.Outcome.FAILED);
      assertThat(told(runtime).getLast()).contains("error");
    }
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void errorMessage_throws_theModelReceivesTheMessageOfTheTool(Throwable planted) {
    ToolSession.Builder builder =
        session(new IllegalStateException("of the tool"))
            .errorMessage(
                _ -> {
                  HostileThrowableTest.<RuntimeException>raise(planted);
                  return "";
                });
    try (ToolSession session = builder.open()) {
      assertThat(session.generate("call it").text()).isEqualTo("done");
      assertThat(told(runtime).getLast()).contains("of the tool");
    }
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void approval_throws_theCallIsRejected(Throwable planted) {
    ToolSession.Builder builder =
        session(null)
            .approval(
                _ -> {
                  HostileThrowableTest.<RuntimeException>raise(planted);
                  return ToolApproval.Decision.approve();
                });
    try (ToolSession session = builder.open()) {
      ToolGenerationResult result = session.generate("call it").await();

      assertThat(result.returned())
          .singleElement()
          .matches(returned -> returned.outcome() == ToolReturned.Outcome.REJECTED);
    }
  }

  /** The format is asked on the session's thread, beyond the model. */
  @ParameterizedTest
  @MethodSource("throwables")
  void format_throws_failsTheQuestion_andTheNextIsAnswered(Throwable planted) {
    model.close();
    model =
        ScriptedTools.load(
            runtime,
            new ChatFormat() {
              @Override
              public String render(Conversation conversation) {
                if (conversation.messages().getLast().text().equals("bad")
                    && Thread.currentThread().getName().startsWith("rkllm-tools-")) {
                  HostileThrowableTest.<RuntimeException>raise(planted);
                }
                return ChatFormats.qwen3().render(conversation);
              }

              @Override
              public ChatMessage.Assistant read(Conversation conversation, String answer) {
                return ChatFormats.qwen3().read(conversation, answer);
              }
            });
    try (ToolSession session = session(null).open()) {
      ToolGeneration bad = session.generate("bad");
      ToolGeneration good = session.generate("good");

      assertThatThrownBy(bad::text)
          .isInstanceOf(RkllmException.class)
          .hasMessageContaining("could not be answered");
      assertThat(good.text()).isEqualTo("done");
      assertThat(session.generate("good").text()).isEqualTo("done");
    }
  }
}
