package io.rkllm.examples.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AnswerMarkdownTest {
  @RegisterExtension final ChatInBrowser chat = new ChatInBrowser();

  private Page answered(String... lines) {
    String model = "when: *\n" + "say: " + String.join("\nsay: ", lines);
    Page page = chat.model("writer", model).open();
    chat.ask("write");
    assertThat(chat.button("Send")).isVisible();
    return page;
  }

  @Test
  void markdown_rendersListsTablesAndHeadings() {
    answered("## Title", "", "3. one", "4. two", "", "| a | b |", "|---|--:|", "| 1 | 2 |");

    assertThat(chat.answer(0).locator("h4")).hasText("Title");
    assertThat(chat.answer(0).locator("ol")).hasAttribute("start", "3");
    assertThat(chat.answer(0).locator("td").last()).hasAttribute("align", "right");
  }

  @Test
  void code_block_coloredAndCopied() {
    chat.context().grantPermissions(List.of("clipboard-read", "clipboard-write"));
    Page page = answered("Look:", "```java", "int x = 42; // <b>", "```", "Done.");

    assertThat(page.locator(".code-block .hljs-number")).hasText("42");
    assertThat(page.locator(".code-block code")).hasText("int x = 42; // <b>");
    page.getByLabel("Copy code").click();
    assertThat(page.getByLabel("Copy code")).hasText("Copied");
    Assertions.assertThat(page.evaluate("navigator.clipboard.readText()"))
        .isEqualTo("int x = 42; // <b>");
  }

  @Test
  void code_whileItComes_grownInPlaceAndColoredAtTheEnd() {
    String model =
        "when: *\ncut: bytes 2\ndecode-ms: 30\nsay: ```python\nsay: # first line\nsay: y = 1\n"
            + "say: # last line\nsay: ```";
    Page page = chat.model("writer", model).open();
    chat.ask("write");
    Locator code = page.locator(".code-block code");
    assertThat(code).containsText("first");
    page.evaluate("document.querySelector('.code-block').dataset.seen = 'yes'");

    assertThat(code).containsText("last");

    assertThat(page.locator(".code-block[data-seen]")).hasCount(1);
    assertThat(page.locator(".hljs-comment").first()).hasText("# first line");
  }

  @Test
  void blocks_beforeTheLast_stayWhileMoreComes() {
    String model =
        "when: *\ndecode-ms: 15\nsay: The **first** paragraph.\nsay:\n"
            + "say: The second one, which is longer.\nsay:\nsay: The third.";
    Page page = chat.model("writer", model).open();
    chat.ask("write");
    assertThat(chat.answer(0)).containsText("The second");
    page.evaluate("document.querySelector('.text > p').dataset.seen = 'yes'");

    assertThat(chat.answer(0)).containsText("The third.");

    assertThat(chat.answer(0).locator("p"))
        .hasText(
            new String[] {
              "The first paragraph.", "The second one, which is longer.", "The third."
            });
    assertThat(chat.answer(0).locator("p[data-seen]")).hasCount(1);
  }

  @Test
  void reference_definedAtTheEnd_leadsThere() {
    answered("See [the page][1].", "", "More.", "", "[1]: https://example.org/");

    assertThat(chat.answer(0).locator("a")).hasAttribute("href", "https://example.org/");
    assertThat(chat.answer(0).locator("p")).hasCount(2);
  }

  @Test
  void link_away_opensApartAndSendsNoReferrer() {
    answered("[there](https://example.org/x)");

    Locator link = chat.answer(0).locator("a");
    assertThat(link).hasAttribute("rel", "noopener noreferrer");
    assertThat(link).hasAttribute("target", "_blank");
  }

  @Test
  void hostile_answer_nothingRunsAndNothingIsFetched() {
    Page page =
        answered(
            "<img src=\"https://evil.example/a.png\" onerror=\"window.hit = 1\">",
            "",
            "<script>window.hit = 2</script>",
            "",
            "Text <svg onload=\"window.hit = 3\"></svg> <iframe src=\"https://evil.example\">",
            "",
            "[click](javascript:window.hit=4) [data](data:text/html,x) [here](/v1/models)",
            "",
            "![image](https://evil.example/b.png) ![x\" onerror=\"hit=5](x)",
            "",
            "<a href=\"javascript:window.hit=6\" style=\"position:fixed;inset:0\">bait</a>",
            "",
            "```html\" onmouseover=\"window.hit=7",
            "<img src=x onerror=window.hit=8>",
            "```");

    Locator answer = chat.answer(0);
    assertThat(answer.locator("img, script, svg, iframe, style, form, input")).hasCount(0);
    assertThat(answer.locator("[onerror], [onload], [onmouseover], [style]")).hasCount(0);
    assertThat(answer.locator("a[href^='javascript:'], a[href^='data:'], a[href^='/']"))
        .hasCount(0);
    assertThat(answer).containsText("window.hit = 2");
    for (Locator link : answer.locator("a:not([href])").all()) {
      link.click();
    }
    Assertions.assertThat(page.evaluate("window.hit")).isNull();
    // ChatInBrowser sees to it that nothing was asked of evil.example.
  }

  @Test
  void hostileToolCallAndTitle_areShownAsText() {
    Page page =
        chat.model("caller", "when: *\ntool: <img/src=x> {\"a\": \"<b onclick=x>\"}").open();

    chat.ask("<img src=x onerror=window.hit=1>");

    assertThat(page.locator("h1")).hasText("<img src=x onerror=window.hit=1>");
    assertThat(page.locator("#conversations button")).containsText("<img");
    assertThat(page.locator("#page img, #sidebar img")).hasCount(0);
  }

  @Test
  void formulas_anyDelimiter_areShownVerbatim() {
    answered(
        "Let \\\\(a^2 + b_1\\\\,c_2\\\\) and $x_i * y_i * z$ and $$e_1$$ cost $5 and $10, *really*,"
            + " _so_.",
        "",
        "\\\\[",
        "\\\\int_0^1 f_\\{a\\}(x)\\\\,dx_\\{b\\} * 2 * 3",
        "\\\\]",
        "",
        "$$",
        "a_1 _b_ c_2",
        "",
        "= d",
        "$$",
        "",
        "\\\\begin\\{aligned\\} a_1 &= b_2 \\\\\\\\\\\\\\\\ c_3 &= _d_ \\\\end\\{aligned\\}",
        "",
        "_before \\\\(p_q\\\\) after_");

    Locator math = chat.answer(0).locator("code.math");
    assertThat(math.nth(0)).hasText("\\(a^2 + b_1\\,c_2\\)");
    assertThat(math.nth(1)).hasText("$x_i * y_i * z$");
    assertThat(math.nth(2)).hasText("$$e_1$$");
    assertThat(math.nth(3)).hasText("\\[ \\int_0^1 f_{a}(x)\\,dx_{b} * 2 * 3 \\]");
    assertThat(math.nth(4)).hasText("$$ a_1 _b_ c_2 = d $$");
    assertThat(math.nth(5))
        .hasText("\\begin{aligned} a_1 &= b_2 \\\\\\\\ c_3 &= _d_ \\end{aligned}");
    assertThat(math.nth(6)).hasText("\\(p_q\\)");
    assertThat(math).hasCount(7);
    assertThat(chat.answer(0)).containsText("cost $5 and $10, really, so.");
    assertThat(chat.answer(0).locator("em"))
        .hasText(new String[] {"really", "so", "before \\(p_q\\) after"});
  }

  @Test
  void formula_whileItComes_isNotMangled() {
    String model =
        "when: *\n"
            + "cut: bytes 3\n"
            + "decode-ms: 40\n"
            + "say: \\\\[\n"
            + "say: a_1 _b_ c_2 d_3 e_4 f_5 g_6 h_7\n"
            + "say: \\\\]";
    Page page = chat.model("writer", model).open();
    chat.ask("write");

    assertThat(chat.answer(0)).containsText("c_2");
    assertThat(page.locator(".text em")).hasCount(0);
    assertThat(chat.answer(0).locator("code.math")).containsText("h_7 \\]");
  }
}
