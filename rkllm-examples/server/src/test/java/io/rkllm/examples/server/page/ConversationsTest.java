package io.rkllm.examples.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.rkllm.examples.server.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

class ConversationsTest {
  @RegisterExtension final ChatInBrowser chat = new ChatInBrowser();

  private Page page;

  @BeforeEach
  void open() {
    String model =
        "when: go on\ndecode-ms: 20\nrepeat: 500 \"word \"\n"
            + "when: *\nsay: {prompt}, message {turns}, run {runs}.";
    page = chat.model("echo", model).open();
  }

  private Locator kept() {
    return page.locator("#conversations button");
  }

  @Test
  void two_reloaded_bothThere() {
    chat.ask("first");
    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");
    chat.button("New conversation").click();
    chat.ask("second");
    assertThat(chat.answer(0)).hasText("second, message 1, run 2.");

    page.reload();

    assertThat(kept()).hasText(new String[] {"second", "first"});
    assertThat(chat.answer(0)).hasText("second, message 1, run 2.");
    kept().nth(1).click();
    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");
    chat.ask("more");
    assertThat(chat.answer(1)).hasText("more, message 2, run 3.");
  }

  @Test
  void runningAnswer_continuesWhileAnotherConversationIsShown() {
    chat.ask("go on");
    assertThat(chat.answer(0)).containsText("word word");
    chat.button("New conversation").click();
    assertThat(chat.button("Send")).isVisible();

    kept().first().click();

    assertThat(chat.button("Stop")).isVisible();
    chat.button("Stop").click();
    assertThat(page.locator(".figures").last()).hasText("stopped");
  }

  @Test
  void answer_underWayAtReload_keptAsFarAsItCame() {
    chat.ask("go on");
    assertThat(chat.answer(0)).containsText("word word");

    page.reload();

    assertThat(chat.answer(0)).containsText("word word");
    assertThat(page.locator(".figures").last()).hasText("stopped");
  }

  @Test
  void rename_conversation_keptUnderItsName() {
    chat.ask("first");
    chat.menu("Rename");
    page.getByLabel("Name of the conversation").fill("Better name");
    page.keyboard().press("Enter");

    assertThat(page.locator("h1")).hasText("Better name");
    chat.ask("second");
    page.reload();
    assertThat(kept()).hasText("Better name");
  }

  @Test
  void delete_conversation_canBeUndone() {
    chat.ask("first");
    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");
    chat.menu("Delete");
    assertThat(kept()).hasCount(0);

    chat.button("Undo").click();
    assertThat(kept()).hasText("first");
    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");
    chat.menu("Delete");
    page.reload();
    assertThat(kept()).hasCount(0);
    assertThat(page.getByText("Conversations are kept in this browser")).isVisible();
  }

  @Test
  void export_conversation_messagesAsTheServerReadsThem() throws IOException {
    chat.ask("first");
    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");

    Download download = page.waitForDownload(() -> chat.menu("Export as JSON"));

    JsonNode json = Json.MAPPER.readTree(Files.readString(download.path()));
    Assertions.assertThat(download.suggestedFilename()).isEqualTo("first.json");
    Assertions.assertThat(json.at("/messages/0/content").asString()).isEqualTo("first");
    Assertions.assertThat(json.at("/messages/1/role").asString()).isEqualTo("assistant");
    Assertions.assertThat(json.at("/settings/model").asString()).isEqualTo("echo");
  }

  @Test
  void edit_question_askedAgainAndUndone() {
    chat.ask("first");
    chat.ask("second");
    assertThat(chat.answer(1)).hasText("second, message 2, run 2.");

    page.locator(".message").first().hover();
    chat.button(0, "Edit").click();
    page.getByLabel("Text of the message").fill("other");
    chat.button("Save and ask again").click();

    assertThat(chat.answer(0)).hasText("other, message 1, run 3.");
    assertThat(page.locator(".message")).hasCount(2);
    assertThat(page.getByText("3 messages behind it were replaced.")).isVisible();
    chat.button("Undo").click();
    assertThat(page.locator(".message")).hasCount(4);
    assertThat(chat.answer(1)).hasText("second, message 2, run 2.");
  }

  @Test
  void edit_answer_modelGoesOnFromIt() {
    chat.ask("first");
    chat.button(1, "Edit").click();
    page.getByLabel("Text of the message").fill("Something *else*.");

    chat.button("Save").click();

    assertThat(chat.answer(0)).hasText("Something else.");
    var request = page.waitForRequest("**/v1/chat/completions", () -> chat.ask("second"));
    JsonNode sent = Json.MAPPER.readTree(request.postData());
    Assertions.assertThat(sent.at("/messages/1/content").asString()).isEqualTo("Something *else*.");
  }

  @Test
  void regenerate_answer_isReplaced() {
    chat.ask("first");
    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");

    chat.button(1, "Regenerate").click();

    assertThat(chat.answer(0)).hasText("first, message 1, run 2.");
    assertThat(page.locator(".message")).hasCount(2);
  }

  @Test
  void fullStorage_isReported() {
    page.evaluate(
        "for (let size = 1 << 22, i = 0; size > 16; size >>= 1)"
            + " try { for (;;) localStorage.setItem('filler' + i++, 'x'.repeat(size)); } catch {}");

    chat.ask("first");

    assertThat(page.getByText("The browser has no room left")).isVisible();
    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");
  }

  @Test
  void answerInAnotherTab_isShownHereToo() {
    chat.ask("first");
    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");
    Page other = chat.context().newPage();
    other.navigate(chat.uri());
    other.locator("#conversations button").click();
    other.locator("#prompt").fill("second");
    other.locator("#send").click();

    assertThat(chat.answer(1)).hasText("second, message 2, run 2.");
  }

  @Test
  void regenerate_answer_keepsTheVersionBefore() {
    chat.ask("first");
    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");
    chat.button(1, "Regenerate").click();
    assertThat(chat.answer(0)).hasText("first, message 1, run 2.");

    chat.button(1, "Earlier version").click();

    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");
    assertThat(page.locator(".versions")).containsText("1 of 2");
    page.reload();
    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");
    chat.button(1, "Later version").click();
    assertThat(chat.answer(0)).hasText("first, message 1, run 2.");
    chat.button(1, "Regenerate").click();
    assertThat(page.locator(".versions")).containsText("3 of 3");
  }

  @Test
  void delete_message_canBeUndone() {
    chat.ask("first");
    chat.ask("second");
    assertThat(chat.answer(1)).hasText("second, message 2, run 2.");

    page.locator(".message").first().hover();
    chat.button(0, "Delete").click();

    assertThat(page.locator(".message")).hasCount(3);
    var request = page.waitForRequest("**/v1/chat/completions", () -> chat.ask("third"));
    JsonNode sent = Json.MAPPER.readTree(request.postData());
    Assertions.assertThat(sent.at("/messages/0/role").asString()).isEqualTo("assistant");
    assertThat(chat.answer(2)).containsText("third");
    chat.button(0, "Delete").click();
    assertThat(page.locator(".message")).hasCount(4);
    chat.button("Undo").click();
    assertThat(page.locator(".message")).hasCount(5);
  }

  @Test
  void search_conversations_byTitleAndText() {
    chat.ask("apples");
    assertThat(chat.answer(0)).containsText("apples");
    chat.button("New conversation").click();
    chat.ask("pears");
    assertThat(chat.answer(0)).containsText("run 2");

    page.getByLabel("Search conversations").fill("RUN 1");

    assertThat(kept()).hasText(new String[] {"apples"});
    page.getByLabel("Search conversations").fill("plums");
    assertThat(kept()).hasCount(0);
    assertThat(page.getByText("Nothing was found.")).isVisible();
    page.getByLabel("Search conversations").fill("");
    assertThat(kept()).hasCount(2);
  }

  @Test
  void importedConversation_canBeContinued() throws IOException {
    chat.ask("first");
    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");
    Download download = page.waitForDownload(() -> chat.menu("Export as JSON"));
    chat.menu("Delete");
    assertThat(kept()).hasCount(0);

    page.locator("#import-file").setInputFiles(download.path());

    assertThat(kept()).hasText("first");
    assertThat(chat.answer(0)).hasText("first, message 1, run 1.");
    chat.ask("second");
    assertThat(chat.answer(1)).hasText("second, message 2, run 2.");
  }

  @Test
  void import_otherFile_isReported() throws IOException {
    for (String text : List.of("nonsense", "{}", "[{\"role\":\"king\"}]")) {
      Path file = Files.createTempFile("import", ".json");
      Files.writeString(file, text);

      page.locator("#import-file").setInputFiles(file);

      assertThat(page.locator("#notice")).containsText("cannot be imported. The file");
      Files.delete(file);
    }
    assertThat(kept()).hasCount(0);
  }
}
