package io.rkllm.examples.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ChatOnPhoneTest {
  /** Finds elements that extend beyond the screen and are not in a scrollable element. */
  private static final String BEYOND_THE_EDGE =
      """
      [...document.querySelectorAll("body *")]
        .filter((e) => e.checkVisibility() && !e.closest(".unseen, .skip, #sidebar")
          && e.getBoundingClientRect().right > innerWidth + 0.5
          && !e.parentElement.closest(".code-block code, .table, select"))
        .map((e) => e.outerHTML.slice(0, 100)).join("\\n")
      """;

  @RegisterExtension
  final ChatInBrowser chat = new ChatInBrowser(ChatInBrowser.phone(), options -> options);

  private Page page;

  @BeforeEach
  void open() {
    String model =
        "when: *\nsay: "
            + "A-very-long-word-".repeat(20)
            + "\nsay:\nsay: ```\nsay: "
            + "code ".repeat(100)
            + "\nsay: ```\nsay:\nsay: | a | b |\nsay: |---|---|\nsay: | "
            + "x".repeat(100)
            + " | y |\n";
    page = chat.model("a-model-with-a-name-that-is-rather-long", model).open();
  }

  @Test
  void narrowWidth_longWordsCodeAndTables_nothingIsCutOff() {
    page.locator("#prompt").fill("hello");
    page.locator("#send").tap();
    assertThat(chat.answer(0).locator("table")).isVisible();

    Assertions.assertThat(page.evaluate(BEYOND_THE_EDGE)).isEqualTo("");
    page.locator("#open-settings").tap();
    Assertions.assertThat(page.evaluate(BEYOND_THE_EDGE)).isEqualTo("");
  }

  @Test
  void buttons_all_showTheirWholeText() {
    Object cut =
        page.evaluate(
            """
            [...document.querySelectorAll("button, summary")]
              .filter((e) => e.checkVisibility() && !e.closest("#sidebar") && !e.querySelector(".unseen"))
              .filter((e) => {
                const text = document.createRange();
                text.selectNodeContents(e);
                const [inner, outer] = [text.getBoundingClientRect(), e.getBoundingClientRect()];
                const padding = parseFloat(getComputedStyle(e).paddingRight);
                return inner.right > outer.right - padding + 0.5;
              })
              .map((e) => e.textContent).join("; ")
            """);

    Assertions.assertThat(cut).isEqualTo("");
  }

  @Test
  void sidebar_opened_liesOverThePageAndGoesAway() {
    assertThat(page.locator("#sidebar")).isHidden();

    page.locator("#open-sidebar").tap();

    assertThat(chat.button("New conversation")).isVisible();
    assertThat(page.locator("#open-sidebar")).hasAttribute("aria-expanded", "true");
    page.keyboard().press("Escape");
    assertThat(page.locator("#sidebar")).isHidden();
    assertThat(page.locator("#open-sidebar")).isFocused();
  }

  @Test
  void returnKey_onScreenKeyboard_beginsALine() {
    page.locator("#prompt").fill("one");
    page.keyboard().press("Enter");

    assertThat(page.locator("#prompt")).hasValue("one\n");
    assertThat(page.locator(".message")).hasCount(0);
  }

  @Test
  void targets_all_are44PixelsAtLeast() {
    page.locator("#prompt").fill("go");
    chat.button("Send").click();
    assertThat(page.locator(".code-block")).isVisible();
    page.locator("#menu > summary").click();
    Object small =
        page.evaluate(
            """
            [...document.querySelectorAll("button, select, summary, input, textarea")]
              .filter((e) => e.checkVisibility() && e.type !== "checkbox")
              .map((e) => [e.id || e.textContent, e.getBoundingClientRect()])
              .filter(([, { width, height }]) => width < 44 || height < 44)
              .map(([name, { width, height }]) => `${name} ${width} x ${height}`)
              .join("; ")
            """);

    Assertions.assertThat(small).isEqualTo("");
  }
}
