package io.rkllm.examples.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import io.rkllm.examples.server.SimulatedServer;
import io.rkllm.examples.server.http.ServerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The chat page in a browser of its own for each test, on a server whose models answer by script.
 * No test may leave an error in the page, break its security policy, or load from elsewhere.
 */
final class ChatInBrowser implements BeforeEachCallback, AfterEachCallback {
  private final Browser.NewContextOptions options;
  private final UnaryOperator<ServerOptions.Builder> serving;
  private final List<String> offences = new ArrayList<>();

  private Path folder = Path.of("");
  private SimulatedServer server;
  private BrowserContext context;
  private Page page;

  /** Creates a browser with a desktop screen. */
  ChatInBrowser() {
    this(desktop(), options -> options);
  }

  /**
   * Creates a browser with the given context, such as a phone, and a server with the given options.
   */
  ChatInBrowser(Browser.NewContextOptions options, UnaryOperator<ServerOptions.Builder> serving) {
    this.options = options;
    this.serving = serving;
  }

  static Browser.NewContextOptions desktop() {
    return new Browser.NewContextOptions().setViewportSize(1280, 800);
  }

  static Browser.NewContextOptions phone() {
    return new Browser.NewContextOptions()
        .setViewportSize(360, 740)
        .setIsMobile(true)
        .setHasTouch(true);
  }

  @Override
  public void beforeEach(ExtensionContext extension) throws IOException {
    Browser browser = Chromium.of(extension);
    folder = Files.createTempDirectory("rkllm-chat-page");
    server = SimulatedServer.start(folder, serving, loading -> loading);
    context = browser.newContext(options);
    context.onRequest(
        request -> {
          if (!request.url().startsWith(server.uri("/").toString())
              && !request.url().startsWith("blob:")) {
            offences.add("asked for " + request.url());
          }
        });
    context.onConsoleMessage(
        message -> {
          if (message.text().contains("Content Security Policy")) {
            offences.add(message.text());
          }
        });
    context.onWebError(error -> offences.add(error.error()));
    page = context.newPage();
  }

  @Override
  public void afterEach(ExtensionContext extension) throws IOException {
    if (context == null) { // no browser
      return;
    }
    context.close();
    server.close();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
    assertThat(offences).isEmpty();
  }

  /** Adds a model to the server. */
  ChatInBrowser model(String name, String directives) {
    server.with(name, directives);
    return this;
  }

  /** Opens the page, and waits until it has the models. */
  Page open() {
    page.navigate(uri());
    PlaywrightAssertions.assertThat(page.locator("#start")).not().containsText("Asking");
    return page;
  }

  /** Returns the address of the page. */
  String uri() {
    return server.uri("/").toString();
  }

  Page page() {
    return page;
  }

  BrowserContext context() {
    return context;
  }

  SimulatedServer server() {
    return server;
  }

  /** Writes a message and sends it, as soon as the answer before has ended. */
  void ask(String text) {
    PlaywrightAssertions.assertThat(button("Send")).isVisible();
    page.getByLabel("Message", new Page.GetByLabelOptions().setExact(true)).fill(text);
    page.keyboard().press("Enter");
  }

  /** The text of an answer, the first being 0. */
  Locator answer(int index) {
    return page.locator(".message.assistant").nth(index).locator(".text");
  }

  /** A button by its name. */
  Locator button(String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  /** A button of a message, the first being 0. */
  Locator button(int message, String name) {
    return page.locator(".message")
        .nth(message)
        .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName(name).setExact(true));
  }

  /** Chooses from the menu of the conversation. */
  void menu(String name) {
    page.locator("#menu > summary").click();
    page.locator("#menu").getByText(name, new Locator.GetByTextOptions().setExact(true)).click();
  }
}
