package io.rkllm.examples.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The chat page with a keyboard, a screen reader, and a dark color scheme. */
class ChatAccessTest {
  /** Finds texts with too little contrast to their background, as WCAG defines it. */
  private static final String FAINT_TEXTS =
      """
      (() => {
        const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const parse = (color) => color.match(/[\\d.]+/g).map(Number);
        const luminance = ([r, g, b]) =>
          0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
        const behind = (element) => {
          for (let e = element; e; e = e.parentElement) {
            const color = parse(getComputedStyle(e).backgroundColor);
            if (color[3] !== 0) return color;
          }
          return [255, 255, 255];
        };
        const found = [];
        for (const element of document.querySelectorAll("body *")) {
          const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
          if (own && element.checkVisibility()) {
            const text = luminance(parse(getComputedStyle(element).color));
            const back = luminance(behind(element));
            const ratio = (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
            if (ratio < 4.5) found.push(`${element.outerHTML}: ${ratio}`);
          }
        }
        return found;
      })()
      """;

  @RegisterExtension final ChatInBrowser chat = new ChatInBrowser();

  private Page page;

  @BeforeEach
  void open() {
    String model =
        "when: code\nsay: Look here. It is short:\nsay:\nsay: ```java\nsay: int x;\nsay: ```\n"
            + "when: *\ndecode-ms: 10\nsay: One sentence. And another one, with **weight**.";
    page = chat.model("echo", model).open();
  }

  private boolean editOfTheQuestionIsFocused() {
    Locator edit =
        page.locator(".message.user")
            .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Edit"));
    return (boolean) edit.evaluate("it => it === document.activeElement");
  }

  @Test
  void keyboardOnly_canAskEditAndChangeSettings() {
    assertThat(page.locator("#prompt")).isFocused();
    page.keyboard().type("hello");
    page.keyboard().press("Shift+Enter");
    page.keyboard().type("there");
    page.keyboard().press("Enter");
    assertThat(page.locator(".message.user .body")).hasText("hello\nthere");
    assertThat(chat.button("Send")).isVisible();

    for (int i = 0; i < 10 && !editOfTheQuestionIsFocused(); i++) {
      page.keyboard().press("Shift+Tab");
    }
    page.keyboard().press("Enter");
    assertThat(page.getByLabel("Text of the message")).isFocused();
    page.keyboard().press("Escape");
    assertThat(page.getByLabel("Text of the message")).hasCount(0);

    page.locator("#open-settings").focus();
    page.keyboard().press("Enter");
    assertThat(page.getByRole(AriaRole.DIALOG)).isVisible();
    page.keyboard().press("Escape");
    assertThat(page.getByRole(AriaRole.DIALOG)).isHidden();
    assertThat(page.locator("#open-settings")).isFocused();
  }

  @Test
  void keyboard_focus_canBeSeen() {
    page.locator("#prompt").focus();
    page.keyboard().press("Tab");

    Assertions.assertThat(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
        .isEqualTo("solid");
  }

  @Test
  void controls_all_haveNames() {
    chat.ask("code");
    assertThat(chat.button("Send")).isVisible();
    page.locator("#open-settings").click();

    Object nameless =
        page.evaluate(
            """
            [...document.querySelectorAll("button, select, input, textarea, summary")]
              .filter((control) => !(control.getAttribute("aria-label")
                || control.labels?.[0]?.textContent.trim() || control.textContent.trim()))
              .map((control) => control.outerHTML)
            """);

    Assertions.assertThat(nameless).asInstanceOf(InstanceOfAssertFactories.LIST).isEmpty();
  }

  @Test
  void landmarks_headingsAndMessages_found() {
    chat.ask("hello");
    assertThat(chat.button("Send")).isVisible();

    assertThat(page.getByRole(AriaRole.MAIN)).hasCount(1);
    assertThat(page.getByRole(AriaRole.BANNER)).hasCount(1);
    assertThat(page.getByRole(AriaRole.CONTENTINFO)).hasCount(1);
    assertThat(page.getByRole(AriaRole.COMPLEMENTARY)).hasCount(1);
    assertThat(page.getByRole(AriaRole.NAVIGATION)).hasCount(1);
    assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setLevel(1)))
        .hasCount(1);
    assertThat(page.getByRole(AriaRole.ARTICLE, new Page.GetByRoleOptions().setName("You")))
        .hasCount(1);
    assertThat(page.locator("html")).hasAttribute("lang", "en");
  }

  @Test
  void screenReader_answerIsAnnouncedBySentence() {
    chat.ask("hello");

    Locator told = page.locator("[aria-live=polite] p");
    assertThat(told.last()).containsText("And another one, with weight .");
    assertThat(told.first()).containsText("One sentence.");
    Assertions.assertThat(told.count()).isLessThanOrEqualTo(2); // and not once for each token
  }

  @Test
  void screenReader_code_mentionedOnly() {
    chat.ask("code");

    assertThat(page.locator("[aria-live=polite]")).containsText("(code)");
    assertThat(page.locator("[aria-live=polite]")).not().containsText("int x");
  }

  @Test
  void colors_bySystemAndBySwitch_keptOverReload() {
    assertThat(page.locator("html")).hasAttribute("data-theme", "light");
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
    assertThat(page.locator("html")).hasAttribute("data-theme", "dark");

    chat.button("Light colors").click();
    page.reload();

    assertThat(page.locator("html")).hasAttribute("data-theme", "light");
    assertThat(page.locator("body")).not().hasCSS("color", Pattern.compile("rgb\\(2[0-9][0-9].*"));
    chat.button("Dark colors").click();
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    assertThat(page.locator("html"))
        .hasAttribute("data-theme", "light"); // follows the system again
  }

  @Test
  void contrast_ofTexts_isEnoughInBothThemes() {
    chat.ask("code");
    assertThat(chat.button("Send")).isVisible();
    for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
      page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
      assertThat(page.locator("html"))
          .hasAttribute("data-theme", scheme == ColorScheme.DARK ? "dark" : "light");

      Assertions.assertThat(page.evaluate(FAINT_TEXTS))
          .asInstanceOf(InstanceOfAssertFactories.LIST)
          .as("texts with too little contrast, " + scheme)
          .isEmpty();
    }
  }
}
