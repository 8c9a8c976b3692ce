package io.rkllm.examples.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import io.rkllm.simulator.Simulator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Takes the picture of the chat page for the documentation: {@code mvn -q -Ppictures}. */
@Tag("pictures")
class PagePictureTest {
  private static final Path PICTURE = Path.of("..", "..", "docs", "images", "chat-page.png");

  @RegisterExtension final ChatInBrowser chat = new ChatInBrowser();

  @Test
  void page_withTheDemonstrationModel_isPhotographed() throws Exception {
    String model = Files.readString(Simulator.demonstrationModel());
    String directives =
        Pattern.compile("(?m)\\A.*\\n|^(name|platform|context-limit):.*")
            .matcher(model)
            .replaceAll("");
    Page page = chat.model("rkllm-demo", directives).open();
    page.setViewportSize(1040, 660);

    chat.ask("What are you?");
    chat.ask("How do I get started?");
    assertThat(chat.answer(1)).containsText("io.rkllm:rkllm-ffm");
    assertThat(chat.button("Send")).isVisible(); // the answer is complete

    page.screenshot(new Page.ScreenshotOptions().setPath(PICTURE));
  }
}
