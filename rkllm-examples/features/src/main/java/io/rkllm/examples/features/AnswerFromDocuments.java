package io.rkllm.examples.features;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.rag.content.retriever.EmbeddingStoreContentRetriever;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.langchain4j.store.embedding.EmbeddingStoreIngestor;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import io.rkllm.RkllmModel;
import io.rkllm.langchain4j.RkllmChatModel;
import io.rkllm.langchain4j.RkllmEmbeddingModel;
import io.rkllm.simulator.Release;
import io.rkllm.simulator.Simulator;
import io.rkllm.tools.format.ChatFormats;
import java.nio.file.Path;
import java.util.List;

/**
 * Answers questions from documents and names its sources, with LangChain4j: one model makes
 * embeddings of the documents and finds those nearest to a question, another answers from them.
 *
 * <p>Arguments: a model for embeddings, the library, and a model for answers; without them, the
 * simulator and models for it.
 */
final class AnswerFromDocuments {
  private static final List<Document> DOCUMENTS =
      List.of(
          document("timetable", "The ferry to the island sails every morning at seven."),
          document("tariff", "On the ferry, dogs travel on the upper deck, and pay nothing."),
          document("museum", "The museum is closed on Mondays and in winter."));

  /** Implemented by LangChain4j. The result has the documents that the answer is based on. */
  interface Librarian {
    Result<String> answer(String question);
  }

  public static void main(String[] args) {
    Path library = args.length > 1 ? Path.of(args[1]) : Simulator.library(Release.V1_3_1);
    try (RkllmEmbeddingModel embeddings =
            RkllmEmbeddingModel.builder()
                .load(RkllmModel.builder(file(args, 0, "embedding.rkllm")).library(library))
                .build();
        RkllmChatModel chat =
            RkllmChatModel.builder()
                .load(
                    RkllmModel.builder(file(args, 2, "librarian.rkllm"))
                        .library(library)
                        .chatFormat(ChatFormats.qwen3()))
                .build()) {
      InMemoryEmbeddingStore<TextSegment> store = new InMemoryEmbeddingStore<>();
      EmbeddingStoreIngestor.builder()
          .embeddingModel(embeddings)
          .embeddingStore(store)
          .build()
          .ingest(DOCUMENTS);

      Librarian librarian =
          AiServices.builder(Librarian.class)
              .chatModel(chat)
              .contentRetriever(
                  EmbeddingStoreContentRetriever.builder()
                      .embeddingModel(embeddings)
                      .embeddingStore(store)
                      .maxResults(1)
                      .build())
              .build();

      for (String question : List.of("When does the ferry sail?", "May I bring my dog on deck?")) {
        Result<String> result = librarian.answer(question);
        System.out.println(question + " " + result.content() + " " + sources(result));
      }
    }
  }

  private static Path file(String[] args, int index, String otherwise) {
    return args.length > index ? Path.of(args[index]) : SimulatorFile.named(otherwise);
  }

  private static Document document(String source, String text) {
    return Document.from(text, Metadata.from("source", source));
  }

  private static List<String> sources(Result<?> result) {
    return result.sources().stream()
        .map(content -> String.valueOf(content.textSegment().metadata().getString("source")))
        .toList();
  }
}
