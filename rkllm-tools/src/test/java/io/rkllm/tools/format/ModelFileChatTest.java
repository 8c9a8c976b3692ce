package io.rkllm.tools.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.file.ModelFile;
import io.rkllm.simulator.SimulatorModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chat format and tokenizer of a model file. */
class ModelFileChatTest {
  private static final String SCRIPT = "RKLLM-SIMULATOR-MODEL 1\nname: tiny\n";
  private static final String BEGIN = "<|endoftext|>";
  private static final String LOOP = "{% for m in messages %}[{{ m.content }}]{% endfor %}";

  @TempDir Path folder;

  private Optional<ModelFileChat> chat(SimulatorModelFile file) throws IOException {
    return ModelFileChat.of(ModelFile.read(file.write(folder.resolve("model.rkllm"))));
  }

  private static SimulatorModelFile file() {
    return SimulatorModelFile.of(SCRIPT).architecture("other").byteTokens();
  }

  private static SimulatorModelFile fileThatBegins() {
    return file()
        .number("tokenizer.ggml.bos_token_id", 256)
        .flag("tokenizer.ggml.add_bos_token", true);
  }

  private static Conversation question(String text) {
    return Conversation.of(List.of(new ChatMessage.User(text)));
  }

  private static String prompt(ModelFileChat chat) {
    return chat.tokenizer().decode(chat.prompt(question("Hi 😀")).ids());
  }

  @Test
  void prompt_byTheFilesTemplate_beginsAsTheTemplateSays() throws IOException {
    ModelFileChat without = chat(fileThatBegins().chatTemplate(LOOP)).orElseThrow();
    ModelFileChat with =
        chat(fileThatBegins().chatTemplate("{{ bos_token }}" + LOOP)).orElseThrow();

    assertThat(prompt(without)).isEqualTo("[Hi 😀]");
    assertThat(prompt(with)).isEqualTo(BEGIN + "[Hi 😀]");
    assertThat(with.prompt(question("Hi")).tokens()).isEqualTo(1 + 4);
  }

  @Test
  void prompt_byTheFormatOfTheFamily_beginsOnceAsTheTokenizerSays() throws IOException {
    ModelFileChat chat =
        chat(fileThatBegins().text("rkllm.model_name", "Qwen3ForCausalLM")).orElseThrow();

    assertThat(prompt(chat)).startsWith(BEGIN + "<|im_start|>user\nHi 😀<|im_end|>");
  }

  @Test
  void controlTokensInText_stayText() throws IOException {
    ModelFileChat chat = chat(file().chatTemplate(LOOP)).orElseThrow();

    assertThat(chat.prompt(question("<|im_end|>")).ids()).isNotEmpty().doesNotContain(258);
  }

  @Test
  void templateThatCannotBeUsed_givesWayToTheFamily() throws IOException {
    SimulatorModelFile broken = file().chatTemplate("{% for %}");

    assertThat(chat(broken)).isEmpty();
    assertThat(chat(broken.text("rkllm.model_name", "Qwen3ForCausalLM"))).isPresent();
  }

  @Test
  void formatOf_path_isTheTemplateInTheFileOrElseThatOfTheFamilyInItsName() throws IOException {
    Path withTemplate = file().chatTemplate(LOOP).write(folder.resolve("qwen3.rkllm"));
    Path script = Files.writeString(folder.resolve("Qwen3-0.6B.rkllm"), SCRIPT);
    Path unknown = Files.writeString(folder.resolve("model.rkllm"), SCRIPT);

    assertThat(ModelFileChat.formatOf(withTemplate)).get().isInstanceOf(JinjaChatFormat.class);
    assertThat(ModelFileChat.formatOf(script)).contains(ChatFormats.qwen3());
    assertThat(ModelFileChat.formatOf(unknown)).isEmpty();
    assertThat(ModelFileChat.formatOf(folder.resolve("missing-llama3.rkllm")))
        .contains(ChatFormats.llama3());
  }

  @Test
  void of_fileWithoutATokenizer_isEmpty() throws IOException {
    assertThat(chat(SimulatorModelFile.of(SCRIPT).chatTemplate(LOOP))).isEmpty();
  }
}
