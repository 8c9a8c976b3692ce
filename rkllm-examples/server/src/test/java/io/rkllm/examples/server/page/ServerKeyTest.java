package io.rkllm.examples.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ServerKeyTest {
  @RegisterExtension
  final ChatInBrowser chat =
      new ChatInBrowser(ChatInBrowser.desktop(), options -> options.key("secret"));

  @BeforeEach
  void open() {
    chat.model("echo", "when: *\nsay: Let in.").page().navigate(chat.uri());
  }

  @Test
  void rightKey_given_answersForThisTab() {
    give("secret");
    chat.ask("hello");
    assertThat(chat.answer(0)).hasText("Let in.");

    chat.page().reload();
    chat.ask("hello again");

    assertThat(chat.answer(1)).hasText("Let in.");
    assertThat(chat.page().locator("#key-dialog")).isHidden();
  }

  @Test
  void wrongKey_isAskedForAgainWithTheReason() {
    give("wrong");

    assertThat(chat.page().getByText("The server did not accept the last one.")).isVisible();
    give("secret");
    assertThat(chat.page().locator("#model")).hasValue("echo");
  }

  @Test
  void missingKey_isReported_andCanBeEnteredAgain() {
    chat.button("Cancel").click();

    assertThat(chat.page().getByText("This server requires a key.")).isVisible();
    chat.button("Try again").click();
    give("secret");
    assertThat(chat.page().locator("#model")).hasValue("echo");
  }

  private void give(String key) {
    Page page = chat.page();
    page.getByLabel("Key", new Page.GetByLabelOptions().setExact(true)).fill(key);
    chat.button("Continue").click();
  }
}
