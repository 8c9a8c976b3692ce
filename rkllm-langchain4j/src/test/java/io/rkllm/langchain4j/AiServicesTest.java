package io.rkllm.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.guardrail.OutputGuardrails;
import io.rkllm.RkllmModel;
import io.rkllm.simulator.Release;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** AI services that use many features of LangChain4j at once. */
class AiServicesTest {
  private static final RkllmModel MODEL =
      Simulated.builder("reception.rkllm", Release.V1_3_1).load();

  private final MessageWindowChatMemory memory = MessageWindowChatMemory.withMaxMessages(20);
  private final Reception reception = new Reception();
  private Assistant assistant;

  private interface Assistant {
    String chat(String message);

    TokenStream stream(String message);

    Stay report(String message);

    @OutputGuardrails(Politeness.class)
    String politely(String message);
  }

  enum Room {
    SEA_VIEW,
    GARDEN
  }

  enum Kind {
    ADULT,
    CHILD
  }

  record Guest(String name, Kind kind, @Nullable String note) {}

  record Night(LocalDate day, Room room) {}

  record Stay(Guest guest, List<Night> nights, List<String> tags, double paid) {}

  /** Tools with parameters of all kinds. */
  static final class Reception {
    private final @Nullable String key = null;
    final List<String> calls = new ArrayList<>();

    @Tool
    String book(
        @P(name = "guest", value = "the guest") Guest guest,
        @P(name = "day", value = "the day") LocalDate day,
        @P(name = "room", value = "the room") Room room,
        @P(name = "extras", value = "the extras and how many") Map<String, Integer> extras,
        @P(name = "rate", value = "the rate") double rate,
        @P(name = "phone", value = "the phone number", required = false) Optional<String> phone) {
      calls.add(guest + " " + day + " " + room + " " + extras + " " + rate + " " + phone);
      return "booked";
    }

    @Tool
    String lock() {
      return Objects.requireNonNull(key, "the key is lost");
    }
  }

  /** Rejects answers that are rude. */
  public static final class Politeness implements OutputGuardrail {
    @Override
    public OutputGuardrailResult validate(AiMessage answer) {
      return answer.text().contains("Nonsense") ? reprompt("rude", "Please be polite") : success();
    }
  }

  @BeforeEach
  void create() {
    assistant =
        AiServices.builder(Assistant.class)
            .chatModel(RkllmChatModel.builder().model(MODEL).build())
            .streamingChatModel(RkllmStreamingChatModel.builder().model(MODEL).build())
            .chatMemory(memory)
            .tools(reception)
            .hallucinatedToolNameStrategy(
                request ->
                    ToolExecutionResultMessage.from(request, "there is no tool " + request.name()))
            .build();
  }

  @AfterAll
  static void close() {
    MODEL.close();
  }

  @Test
  void tool_withParametersOfManyTypes_receivesThemAll() {
    assertThat(assistant.chat("Book everything")).isEqualTo("Done: booked");
    assertThat(reception.calls)
        .containsExactly(
            "Guest[name=Klaus, kind=ADULT, note=null] 2026-12-24 SEA_VIEW"
                + " {breakfast=2, parking=1} 99.5 Optional[555]");
  }

  @Test
  void tool_withoutItsOptionalParameters_isCalled() {
    assertThat(assistant.chat("Book the least")).isEqualTo("Done: booked");
    assertThat(reception.calls)
        .containsExactly(
            "Guest[name=Klaus, kind=ADULT, note=null] 2026-12-24 SEA_VIEW"
                + " {} 99.0 Optional.empty");
  }

  @Test
  void tool_thatThrows_tellsTheModelWhy() {
    assertThat(assistant.chat("Lock the door")).isEqualTo("Done: the key is lost");
  }

  @Test
  void tool_ofAnUnknownName_isReportedToTheModel() {
    assertThat(assistant.chat("Call a tool that does not exist"))
        .isEqualTo("Done: there is no tool reserve");
  }

  @Test
  void object_withNestedRecordsListsAndEnums_isRead() {
    Stay stay = assistant.report("Report the stay of Klaus");

    assertThat(stay.toString())
        .isEqualTo(
            "Stay[guest=Guest[name=Klaus, kind=CHILD, note=null],"
                + " nights=[Night[day=2026-12-24, room=SEA_VIEW], Night[day=2026-12-25, room=GARDEN]],"
                + " tags=[quiet], paid=12.5]");
  }

  @Test
  void guardrail_thatRejectsAnAnswer_asksAgain() {
    assertThat(assistant.politely("Say something rude")).isEqualTo("Welcome.");
  }

  @Test
  void stream_withToolsAndMemory_callsTheToolAndRemembers() {
    assertThat(assistant.chat("My name is Klaus")).isEqualTo("Hello, Klaus.");

    assertThat(streamed("Book everything")).isEqualTo("Done: booked");
    assertThat(streamed("What is my name")).isEqualTo("You are Klaus.");
    assertThat(reception.calls).hasSize(1);
  }

  private String streamed(String question) {
    StringBuilder text = new StringBuilder();
    CompletableFuture<String> answer = new CompletableFuture<>();
    assistant.stream(question)
        .onPartialResponse(text::append)
        .onCompleteResponse(_ -> answer.complete(text.toString()))
        .onError(answer::completeExceptionally)
        .start();
    return answer.join();
  }
}
