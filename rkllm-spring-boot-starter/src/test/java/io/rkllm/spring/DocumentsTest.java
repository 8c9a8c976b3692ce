package io.rkllm.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.spring.documents.ChatAboutDocuments;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The example that answers from documents. */
class DocumentsTest {
  @Test
  void answers_comeFromDocumentsToolAndMemory_withSources() {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      ChatAboutDocuments.main(
          new String[] {
            Simulated.library().toString(),
            Simulated.file("embedding.rkllm").toString(),
            Simulated.file("harbor.rkllm").toString()
          });
    } finally {
      System.setOut(before);
    }

    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains(
            "When does the ferry sail? It sails every morning at seven, Ada. [timetable]",
            "How much is a ticket for 3 passengers? That is 36 euros. [tariff]",
            "What is my name? You are Ada.");
  }
}
