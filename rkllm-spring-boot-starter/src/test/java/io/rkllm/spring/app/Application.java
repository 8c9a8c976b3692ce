package io.rkllm.spring.app;

import java.util.Objects;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

/** A small application: two ways to ask a model. */
@SpringBootApplication
@RestController
public class Application {
  private final ChatClient client;

  Application(ChatClient.Builder client) {
    this.client = client.build();
  }

  public static void main(String[] args) {
    SpringApplication.run(Application.class, args);
  }

  /** Tells the test which port it is. */
  @EventListener
  void ready(WebServerInitializedEvent event) {
    System.out.println("port " + event.getWebServer().getPort());
  }

  @GetMapping("/ask")
  String ask(@RequestParam("q") String question) {
    return Objects.requireNonNullElse(client.prompt(question).call().content(), "");
  }

  /** Streams an answer; the last event is its finish reason. */
  @GetMapping(path = "/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  Flux<String> stream(@RequestParam("q") String question) {
    return client.prompt(question).stream().chatResponse().map(Application::event);
  }

  private static String event(ChatResponse part) {
    Generation result = Objects.requireNonNull(part.getResult());
    String finish = result.getMetadata().getFinishReason();
    return finish == null ? "text:" + result.getOutput().getText() : "finish:" + finish;
  }
}
