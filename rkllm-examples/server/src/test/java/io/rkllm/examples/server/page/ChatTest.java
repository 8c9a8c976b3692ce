package io.rkllm.examples.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ChatTest {
  private static final String ENDLESS = "when: go on\ndecode-ms: 20\nrepeat: 3000 \"word \"\n";

  @RegisterExtension final ChatInBrowser chat = new ChatInBrowser();

  @Test
  void ask_question_showsAnswerAndStatistics() {
    Page page = chat.model("echo", "when: say {word}\nsay: You said **{word}**.").open();

    chat.ask("say moo");

    assertThat(chat.answer(0)).hasText("You said moo.");
    assertThat(chat.answer(0).locator("strong")).hasText("moo");
    assertThat(page.locator(".message.assistant .figures"))
        .hasText(Pattern.compile("\\d+ tokens after a prompt of \\d+ · [\\d.]+ tokens a second"));
    assertThat(page.getByText("Simulated runtime")).isVisible();
  }

  @Test
  void ask_longAnswer_appearsAsItIsGenerated() {
    chat.model("story", ENDLESS).open();

    chat.ask("go on");

    assertThat(chat.answer(0)).containsText("word word word");
    assertThat(chat.button("Stop")).isVisible();
  }

  @Test
  void ask_secondQuestion_modelHasTheFirst() {
    chat.model("memory", "when: my name is {name}\nsay: Hello.\nwhen: who am i\nsay: {name}")
        .open();

    chat.ask("My name is Ada");
    assertThat(chat.answer(0)).hasText("Hello.");
    chat.ask("Who am I?");

    assertThat(chat.answer(1)).hasText("Ada");
  }

  @Test
  void stop_inTheMiddle_serverStopsToo() {
    chat.model("story", ENDLESS).open();
    chat.ask("go on");
    assertThat(chat.answer(0)).containsText("word word");

    chat.button("Stop").click();

    assertThat(chat.button("Send")).isVisible();
    assertThat(chat.page().locator(".figures").last()).hasText("stopped");
    await().until(() -> chat.server().server().activeRequests() == 0);
  }

  @Test
  void escape_inTheMiddle_stopsAndNextQuestionAnswered() {
    chat.model("story", ENDLESS + "when: hello\nsay: Hello again.").open();
    chat.ask("go on");
    assertThat(chat.answer(0)).containsText("word word");

    chat.page().keyboard().press("Escape");
    assertThat(chat.button("Send")).isVisible();
    chat.ask("hello");

    assertThat(chat.answer(1)).hasText("Hello again.");
  }

  @Test
  void thinking_isFoldedAndItsProgressShown() {
    String model =
        "thinking: on\nwhen: ponder\ndecode-ms: 60\nthink: First one thing, then another, and so on.\nsay: Done.";
    Page page = chat.model("thinker", model).open();
    page.locator("#open-settings").click();
    page.getByLabel("Thinking").selectOption("On");
    chat.button("Apply").click();

    chat.ask("ponder");

    Locator summary = page.locator(".thinking summary");
    assertThat(summary).hasText("Thinking");
    assertThat(chat.answer(0)).hasText("Done.");
    assertThat(summary).hasText(Pattern.compile("Thought for \\d+ s"));
    assertThat(page.getByText("then another")).isHidden();
    summary.click();
    assertThat(page.getByText("then another")).isVisible();
  }

  @Test
  void thinkingOff_isSentToTheModel() {
    String model = "thinking: on\nwhen: *\nthink: Secret.\nsay: Said {run.temperature}.";
    Page page = chat.model("thinker", model).open();
    page.locator("#open-settings").click();
    page.getByLabel("Thinking").selectOption("Off");
    page.getByLabel("Temperature").fill("0.25");
    chat.button("Apply").click();

    chat.ask("ponder");

    assertThat(chat.answer(0)).containsText("Said 0.25");
    assertThat(page.locator(".thinking")).isHidden();
  }

  @Test
  void systemPrompt_set_modelHasIt() {
    Page page = chat.model("echo", "when: *\nsay: I was told: {system}").open();
    page.locator("#open-settings").click();
    page.getByLabel("System prompt").fill("Be brief");
    chat.button("Apply").click();

    chat.ask("hello");

    assertThat(chat.answer(0)).hasText("I was told: Be brief");
  }

  @Test
  void toolCall_answeredByHand_modelGoesOnWithTheResult() {
    String model =
        "when: weather in {city:word}\nneeds: tools\ntool: get_weather {\"city\": \"{city}\"}\n"
            + "when: *\nrole: tool\nsay: It is {tool.temperature} degrees.";
    Page page = chat.model("caller", model).open();
    page.locator("#open-settings").click();
    page.getByLabel("Tools").fill("[{\"name\": \"get_weather\"}]");
    chat.button("Apply").click();

    chat.ask("weather in Bremen");

    Locator call = page.getByLabel("Call of get_weather");
    assertThat(call).containsText("\"city\": \"Bremen\"");
    page.getByLabel("Result of get_weather").fill("{\"temperature\": 17}");
    chat.button("Send result").click();
    assertThat(chat.answer(1)).hasText("It is 17 degrees.");
    assertThat(chat.button("Send result")).isHidden();
  }

  @Test
  void tools_invalidJson_isReportedAndNothingIsLost() {
    Page page = chat.model("echo", "when: *\nsay: x").open();
    page.locator("#open-settings").click();
    page.getByLabel("Tools").fill("[{\"description\": \"nameless\"}]");

    chat.button("Apply").click();

    assertThat(page.getByText("Tool 1 has no name")).isVisible();
    assertThat(page.getByLabel("Tools")).hasValue("[{\"description\": \"nameless\"}]");
  }

  @Test
  void failureMidStream_keepsThePartialAnswerAndOffersRetry() {
    String model = "when: fail\nsay: It begins well and then\nfault: error-at 3";
    Page page = chat.model("broken", model).open();

    chat.ask("fail");

    assertThat(page.getByRole(AriaRole.ALERT)).containsText("simulated inference error");
    assertThat(chat.answer(0)).containsText("It begins");
    chat.model("broken2", "when: *\nsay: Now it works.");
    page.reload();
    page.locator("#model").selectOption("broken2");
    chat.button("Try again").click();
    assertThat(chat.answer(0)).hasText("Now it works.");
    assertThat(page.locator(".failure")).isHidden();
  }

  @Test
  void serverUnreachable_isReportedAndRetried() {
    Page page = chat.model("echo", "when: *\nsay: Back.").open();
    page.route("**/v1/chat/completions", Route::abort);

    chat.ask("hello");

    assertThat(page.locator(".failure")).containsText("The server cannot be reached");
    page.unroute("**/v1/chat/completions");
    chat.button("Try again").click();
    assertThat(chat.answer(0)).hasText("Back.");
  }

  @Test
  void noModels_showsInstructions() {
    Page page = chat.page();
    page.navigate(chat.uri());

    assertThat(page.getByText("There are no models yet")).isVisible();
    chat.model("echo", "when: *\nsay: x");
    chat.button("Look again").click();
    assertThat(page.locator("#model")).hasValue("echo");
  }
}
