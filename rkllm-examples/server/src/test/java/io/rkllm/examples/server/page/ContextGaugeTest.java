package io.rkllm.examples.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ContextGaugeTest {
  @RegisterExtension final ChatInBrowser chat = new ChatInBrowser();

  @Test
  void context_nearlyFull_oldestIsDropped() {
    String model = "when: *\nrepeat: 12 \"tick \"";
    chat.server().with("m", "TEMPLATE=qwen3\nENABLE_THINKING=false\nNUM_CTX=64\n", model);
    Page page = chat.open();
    assertThat(page.locator("#context")).isHidden();
    chat.ask("one");
    assertThat(page.locator("#context-words")).hasText("28 of 64 tokens of context");
    assertThat(chat.button("Drop the oldest")).isHidden();
    chat.ask("two");
    assertThat(page.locator(".message")).hasCount(4);
    assertThat(chat.button("Drop the oldest")).isVisible();

    chat.button("Drop the oldest").click();

    assertThat(page.locator(".message")).hasCount(2);
    assertThat(page.locator(".message").first()).containsText("two");
    assertThat(chat.button("Undo")).isVisible();
  }

  @Test
  void context_exceeded_offersToDropTheOldest() {
    Page page = chat.model("m", "when: *\nsay: Yes.").open();
    page.route(
        "**/v1/chat/completions",
        route ->
            route.fulfill(
                new com.microsoft.playwright.Route.FulfillOptions()
                    .setStatus(400)
                    .setBody(
                        "{\"error\":{\"message\":\"too"
                            + " long\",\"code\":\"context_length_exceeded\"}}")));

    chat.ask("one");

    assertThat(page.locator("#notice")).containsText("longer than the context");
    assertThat(page.locator("#notice").getByText("Drop the oldest")).isVisible();
  }
}
