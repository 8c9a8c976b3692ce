package io.rkllm.examples.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.examples.server.model.SimulatedTokenizer.Begin;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.input.TokenPrompt;
import io.rkllm.tools.format.ModelFamily;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The token that begins a sequence, for each format and each way to name one. */
class BeginTokenTest {
  private static final Conversation QUESTION = Conversation.of(List.of(new ChatMessage.User("Hi")));

  @TempDir Path folder;

  static Stream<Arguments> formatsAndTokenizers() {
    return ModelFamily.all().stream()
        .filter(family -> family.chatFormat().isPresent())
        .flatMap(family -> Stream.of(Begin.values()).map(begin -> Arguments.of(family, begin)));
  }

  @ParameterizedTest
  @MethodSource("formatsAndTokenizers")
  void conversation_formatNamedInAnyWay_hasTheIdsOfTheModelsOwnTemplate(
      ModelFamily family, Begin begin) throws IOException {
    ChatFormat format = family.chatFormat().orElseThrow();
    assumeFalse(format.writesBeginToken() && begin != Begin.NONE); // such a model has no other
    String prompt = format.render(QUESTION);
    // Jinja drops one line break at the end of a template.
    String template = prompt.replace("Hi", "{{ messages[-1].content }}") + "\n";
    boolean writes = begin != Begin.NONE;
    SimulatedTokenizer.write(
        folder.resolve("tokenizer"), begin, (writes ? "{{ bos_token }}" : "") + template);
    Files.writeString(folder.resolve("plain.jinja"), template);
    Files.writeString(folder.resolve("variable.jinja"), "{{ bos_token }}" + template);
    String literal = writes ? SimulatedTokenizer.BOS : "";
    Files.writeString(folder.resolve("literal.jinja"), literal + template);

    int[] own = ids("HUGGINGFACE_PATH=tokenizer");

    assertThat(own).hasSize((writes ? 1 : 0) + SimulatedTokenizer.count(prompt));
    assertThat(ids("TOKENIZER=tokenizer\nTEMPLATE=" + family)).isEqualTo(own);
    assertThat(ids("HUGGINGFACE_PATH=tokenizer\nTEMPLATE=" + family)).isEqualTo(own);
    for (String file : List.of("plain", "variable", "literal")) {
      assertThat(ids("TOKENIZER=tokenizer\nTEMPLATE=" + file + ".jinja")).isEqualTo(own);
    }
  }

  @ParameterizedTest
  @EnumSource(Begin.class)
  void raw_withAndWithoutTheToken_hasItOnce(Begin begin) throws IOException {
    SimulatedTokenizer.write(folder.resolve("tokenizer"), begin, "{{ messages[-1].content }}");
    PromptRenderer renderer = renderer("TOKENIZER=tokenizer\nTEMPLATE=chatml");

    int[] expected = begin == Begin.NONE ? new int[] {'H', 'i'} : new int[] {263, 'H', 'i'};
    assertThat(ids(renderer.raw("Hi"))).isEqualTo(expected);
    assertThat(ids(renderer.raw(SimulatedTokenizer.BOS + "Hi"))).containsExactly(263, 'H', 'i');
    renderer.close();
  }

  private int[] ids(String modelfile) {
    PromptRenderer renderer = renderer(modelfile);
    try {
      return ids(renderer.conversation(QUESTION));
    } finally {
      renderer.close();
    }
  }

  private static int[] ids(RenderedPrompt prompt) {
    return ((TokenPrompt) prompt.input()).ids();
  }

  private PromptRenderer renderer(String modelfile) {
    Path file = folder.resolve("model.rkllm");
    Modelfile parsed = Modelfile.parse("Modelfile", "FROM=model.rkllm\n" + modelfile);
    return ConversationFormat.of(new StoredModel("m", folder, file, parsed, 0, Instant.EPOCH))
        .renderer();
  }
}
