package io.rkllm.spring.documents;

import io.rkllm.RkllmModel;
import io.rkllm.spring.RkllmChatModel;
import io.rkllm.spring.RkllmEmbeddingModel;
import io.rkllm.tools.format.ChatFormats;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.client.advisor.vectorstore.QuestionAnswerAdvisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.memory.MessageWindowChatMemory;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.document.Document;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.SimpleVectorStore;

/**
 * Talks about documents with Spring AI: each question is answered from the document nearest to it,
 * which is named, with the conversation so far and a tool. One model makes the embeddings, another
 * answers. With Spring Boot, both models and the {@code ChatClient.Builder} are beans.
 *
 * <p>Arguments: the library, a model for embeddings, and a model for answers.
 */
public final class ChatAboutDocuments {
  private static final List<Document> DOCUMENTS =
      List.of(
          document("timetable", "The ferry to the island sails every morning at seven."),
          document("tariff", "A ticket for the ferry costs the same for all passengers."),
          document("museum", "The museum is closed on Mondays and in winter."));

  private static final List<String> QUESTIONS =
      List.of(
          "I am Ada. When does the ferry sail?",
          "How much is a ticket for 3 passengers?",
          "What is my name?");

  /** The tools that the model may call. */
  static final class Counter {
    record Fare(int euros) {}

    @Tool(description = "The price of tickets for the ferry")
    Fare fare(int passengers) {
      return new Fare(12 * passengers);
    }
  }

  public static void main(String[] args) {
    Path library = Path.of(args[0]);
    try (RkllmModel embedder = RkllmModel.builder(Path.of(args[1])).library(library).load();
        RkllmModel model =
            RkllmModel.builder(Path.of(args[2]))
                .library(library)
                .chatFormat(ChatFormats.qwen3())
                .contextLength(2048)
                .load()) {
      SimpleVectorStore store =
          SimpleVectorStore.builder(RkllmEmbeddingModel.builder(embedder).build()).build();
      store.add(DOCUMENTS);

      ChatClient client =
          ChatClient.builder(RkllmChatModel.builder(model).build())
              .defaultAdvisors(
                  MessageChatMemoryAdvisor.builder(MessageWindowChatMemory.builder().build())
                      .build(),
                  QuestionAnswerAdvisor.builder(store)
                      .searchRequest(SearchRequest.builder().topK(1).build())
                      .build())
              .defaultTools(new Counter())
              .build();
      for (String question : QUESTIONS) {
        ChatClientResponse response =
            client
                .prompt(question)
                .advisors(advisors -> advisors.param(ChatMemory.CONVERSATION_ID, "Ada's"))
                .call()
                .chatClientResponse();
        System.out.println(question + " " + text(response) + " " + sources(response));
      }
    }
  }

  private static Document document(String source, String text) {
    return new Document(text, Map.of("source", source));
  }

  private static String text(ChatClientResponse response) {
    ChatResponse answer = Objects.requireNonNull(response.chatResponse());
    Generation generation = Objects.requireNonNull(answer.getResult());
    return String.valueOf(generation.getOutput().getText());
  }

  private static List<String> sources(ChatClientResponse response) {
    List<?> documents =
        (List<?>)
            response.context().getOrDefault(QuestionAnswerAdvisor.RETRIEVED_DOCUMENTS, List.of());
    return documents.stream()
        .map(document -> String.valueOf(((Document) document).getMetadata().get("source")))
        .toList();
  }
}
