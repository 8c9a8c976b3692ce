package io.rkllm.examples.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ChatTest {
  @RegisterExtension final ChatInBrowser chat = new ChatInBrowser();

  @Test
  void ask_question_answerShown() {
    chat.model("echo", "when: say {word}\nsay: You said **{word}**.").open();

    chat.ask("say moo");

    assertThat(chat.answer(0)).hasText("You said moo.");
    assertThat(chat.answer(0).locator("strong")).hasText("moo");
  }
}
