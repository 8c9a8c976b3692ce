package io.rkllm.examples.server.page;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * The machine's Chromium, started by the first test that needs it and closed after the last one.
 * Tests are skipped where there is none, unless {@code RKLLM_REQUIRE_BROWSER} is 1.
 */
final class Chromium implements AutoCloseable {
  private static final List<String> NAMES = List.of("chromium", "chromium-browser");
  private static final List<String> ARGUMENTS =
      List.of(
          "--no-sandbox", // the tests may run as root, and the pages are ours
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync");

  private final Playwright playwright;
  private final Browser browser;

  private Chromium(Path executable) {
    PlaywrightAssertions.setDefaultAssertionTimeout(30_000); // for machines that are busy
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions().setExecutablePath(executable).setArgs(ARGUMENTS));
  }

  /** The browser of this run of the tests. */
  static Browser of(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(Namespace.create(Chromium.class))
        .getOrComputeIfAbsent(Chromium.class, _ -> new Chromium(executable()), Chromium.class)
        .browser;
  }

  private static Path executable() {
    Path found =
        Stream.of(String.valueOf(System.getenv("PATH")).split(":"))
            .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(null);
    if (found == null) {
      String words =
          "there is no Chromium for the tests of the chat page; .ci/browser installs it, and so"
              + " does: apt-get install chromium";
      if ("1".equals(System.getenv("RKLLM_REQUIRE_BROWSER"))) {
        Assertions.fail(words);
      }
      Assumptions.abort(words);
    }
    return found;
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
