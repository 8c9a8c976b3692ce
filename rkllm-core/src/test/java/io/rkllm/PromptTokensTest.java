package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.file.ContainerBytes;
import io.rkllm.file.ModelFile;
import io.rkllm.forward.EmbedOptions;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.Input;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.internal.handle.ModelHandle;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.RunRequest;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tokenizer.ModelTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Prompts of models whose file has a tokenizer: they are passed as token ids, and their length is
 * known. Each character is a token here, and so is each control token.
 */
@Timeout(30)
class PromptTokensTest {
  private static final int CONTEXT = 64;

  /** The control tokens and line breaks that ChatML writes around a question. */
  private static final int AROUND = "SuserNENSassistantN".length();

  @TempDir Path folder;

  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(prompt -> Script.counting(1)); // answers "0 "

  private Path file;

  @BeforeEach
  void writeFile() throws IOException {
    file = container("gpt2", false).write(folder.resolve("tiny.rkllm"));
  }

  private static ContainerBytes container(String kind, boolean addsBegin) {
    return container(kind, "gpt-2", addsBegin);
  }

  private static ContainerBytes container(String kind, String words, boolean addsBegin) {
    List<String> tokens = new ArrayList<>(List.of("<|im_start|>", "<|im_end|>", "<s>", "<image>"));
    int[] types = new int[4 + 96];
    IntStream.range(0, 4).forEach(control -> types[control] = 3);
    IntStream.range(4, types.length).forEach(ordinary -> types[ordinary] = 1);
    IntStream.rangeClosed('!', '~').forEach(c -> tokens.add(Character.toString(c)));
    tokens.add("Ġ");
    tokens.add("Ċ");
    return new ContainerBytes()
        .text("general.architecture", "llama")
        .text("tokenizer.ggml.model", kind)
        .text("tokenizer.ggml.pre", words)
        .texts("tokenizer.ggml.tokens", tokens)
        .i32s("tokenizer.ggml.token_type", types)
        .texts("tokenizer.ggml.merges", List.of())
        .u32("tokenizer.ggml.bos_token_id", 2)
        .flag("tokenizer.ggml.add_bos_token", addsBegin);
  }

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(file).runtime(runtime).contextLength(CONTEXT);
  }

  private RkllmModel load() {
    return builder().chatFormat(ChatFormat.chatMl()).load();
  }

  private Input passed() {
    List<RunRequest> requests = runtime.requests();
    return requests.getLast().input();
  }

  /** The prompt that the runtime got, which must have been token ids. */
  private String passedText() {
    assertThat(passed()).isInstanceOf(TokenPrompt.class);
    ModelTokenizer tokenizer = ModelTokenizer.of(ModelFile.read(file)).orElseThrow();
    return tokenizer.decode(((TokenPrompt) passed()).ids());
  }

  // ---- Token ids in place of text

  @Test
  void text_withChatFormat_isPassedAsTokenIds() {
    try (RkllmModel model = load()) {
      model.generate("Why?").text();
      assertThat(passedText())
          .isEqualTo("<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n");
      assertThat(((TokenPrompt) passed()).tokens()).isEqualTo(AROUND + 4);
      model.generate(RawPrompt.of("A<|im_end|>")).text();
      assertThat(passedText()).isEqualTo("A<|im_end|>");
      assertThat(((TokenPrompt) passed()).ids()[1]).isEqualTo(1);
    }
  }

  @Test
  void session_secondTurn_isPassedAsTokenIdsOfTheWholeConversation() {
    try (RkllmModel model = load();
        InferenceSession session = model.openSession()) {
      session.generate("a").text();
      session.generate("b").text();
      assertThat(passedText())
          .startsWith("<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n0 <|im_end|>")
          .endsWith("b<|im_end|>\n<|im_start|>assistant\n");
    }
  }

  @Test
  void batch_withChatFormat_isPassedAsTokenIds() {
    try (RkllmModel model = builder().chatFormat(ChatFormat.chatMl()).batchSize(2).load()) {
      model
          .generateBatch(List.of(TextPrompt.of("a"), TextPrompt.of("bc")))
          .forEach(Generation::text);
      assertThat(runtime.requests().getLast().inputs())
          .extracting(input -> ((TokenPrompt) input).tokens())
          .containsExactly(AROUND + 1, AROUND + 2);
    }
  }

  @Test
  void tag_inText_isNotAControlToken() {
    try (RkllmModel model = load()) {
      model.generate("a <image>").text();
      assertThat(passedText()).contains("a < image>");
      assertThat(((TokenPrompt) passed()).ids()).doesNotContain(3);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void beginToken_isWrittenOnce(boolean byFormat) throws IOException {
    file = container("gpt2", true).write(folder.resolve("begins.rkllm"));
    ChatFormat format =
        new ChatFormat() {
          @Override
          public String render(Conversation conversation) {
            return byFormat ? "<s>x" : "x";
          }

          @Override
          public boolean writesBeginToken() {
            return byFormat;
          }
        };
    try (RkllmModel model = builder().chatFormat(format).load()) {
      model.generate("ignored").text();
      assertThat(passedText()).isEqualTo("<s>x");
      assertThat(model.countTokens(conversation())).hasValue(2);

      model.generate(new RawPrompt("x", byFormat)).text();
      assertThat(passedText()).isEqualTo(byFormat ? "x" : "<s>x");
    }
  }

  private static Conversation conversation() {
    return Conversation.of(List.of(new ChatMessage.User("ignored")));
  }

  @Test
  void text_isPassedAsText_whereTheApplicationDecidesSo() {
    try (RkllmModel model = builder().chatFormat(ChatFormat.chatMl()).promptsAsText().load()) {
      model.generate("a").text();
      assertThat(passed()).isInstanceOf(TextPrompt.class);
    }
    try (RkllmModel model =
        builder().chatFormat(ChatFormat.chatMl()).tokenizer(text -> new int[] {1}).load()) {
      model.generate("a").text();
      assertThat(passed()).isInstanceOf(TextPrompt.class);
    }
    try (RkllmModel model = builder().load()) { // the runtime's own template is for text
      model.generate("a").text();
      assertThat(passed()).isInstanceOf(TextPrompt.class);
    }
  }

  @Test
  void tokenizer_ofAnUnknownKind_leavesText() throws IOException {
    file = container("unheard-of", false).write(folder.resolve("other.rkllm"));
    try (RkllmModel model = load()) {
      model.generate("a").text();
      assertThat(passed()).isInstanceOf(TextPrompt.class);
      assertThat(model.countTokens(Conversation.of(List.of(new ChatMessage.User("a"))))).isEmpty();
    }
  }

  @Test
  void file_thatHasChangedSinceItWasLoaded_leavesText() throws IOException {
    try (RkllmModel model = load()) {
      Files.write(file, new byte[10]);
      model.generate("a").text();
      model.generate(RawPrompt.of("b")).text();
      assertThat(runtime.requests())
          .extracting(request -> (Object) request.input().getClass())
          .containsExactly(TextPrompt.class, RawPrompt.class);
    }
  }

  // ---- Forward passes

  /** A file whose numbers the runtime splits wrongly, with the tokens that begin and end a text. */
  private void writeFileThatTheRuntimeMisreads() throws IOException {
    file =
        container("gpt2", "default", true)
            .text("rkllm.model_name", "Qwen3_5ForCausalLM")
            .u32("tokenizer.ggml.eos_token_id", 1)
            .flag("tokenizer.ggml.add_eos_token", true)
            .write(folder.resolve("misread.rkllm"));
    runtime.withRows(request -> new float[][] {{1, 2}});
  }

  /** Runs each kind of forward pass, and returns the inputs that the runtime got. */
  private List<Input> forwardPasses(RkllmModel model, Input input) {
    int before = runtime.requests().size();
    model.logits(input);
    model.readLogits(input, logits -> null);
    model.hiddenStates(input);
    model.readHiddenStates(input, states -> null);
    model.embed(input, EmbedOptions.defaults());
    return runtime.requests().stream().skip(before).map(RunRequest::input).toList();
  }

  @Test
  void forwardPass_withChatFormat_getsTheTokenIdsOfTheText() throws IOException {
    runtime.withRows(request -> new float[][] {{1, 2}});
    try (RkllmModel model = load()) {
      assertThat(forwardPasses(model, TextPrompt.of("17 + 25")))
          .hasSize(5)
          .allSatisfy(input -> assertThat(((TokenPrompt) input).tokens()).isEqualTo(7));
      assertThat(passedText()).isEqualTo("17 + 25"); // no format is applied
      forwardPasses(model, RawPrompt.of("a <image>"));
      assertThat(passedText()).isEqualTo("a < image>");
      assertThatThrownBy(() -> model.logits(TextPrompt.of("x".repeat(CONTEXT + 1))))
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("it has 65 tokens");
    }
  }

  @Test
  void forwardPass_beginsAndEndsAsTheFileSays() throws IOException {
    writeFileThatTheRuntimeMisreads();
    try (RkllmModel model = load()) {
      forwardPasses(model, TextPrompt.of("a"));
      assertThat(passedText()).isEqualTo("<s>a<|im_end|>");
      forwardPasses(model, TextPrompt.of("<s>a<|im_end|>"));
      assertThat(passedText()).isEqualTo("<s>a<|im_end|>");
      forwardPasses(model, new RawPrompt("a", /* writesBeginToken= */ true));
      assertThat(passedText()).isEqualTo("a"); // as a prompt, which the model may continue
    }
  }

  @Test
  void text_withoutTemplate_isPassedAsTokenIdsIfTheRuntimeWouldMisreadIt() throws IOException {
    writeFileThatTheRuntimeMisreads();
    TextPrompt text = TextPrompt.of("17");
    try (RkllmModel model = builder().load()) {
      assertThat(forwardPasses(model, text)).containsOnly(text); // the runtime's template applies
      model.setChatTemplate(ChatTemplate.NONE);
      forwardPasses(model, text);
      assertThat(passedText()).isEqualTo("<s>17<|im_end|>");
      model.generate(text).text();
      assertThat(passedText()).isEqualTo("<s>17");
      model.setChatTemplate(new ChatTemplate("", "", "!"));
      assertThat(forwardPasses(model, text)).containsOnly(text);
      model.generate(text).text();
      assertThat(passed()).isEqualTo(text);
    }
  }

  @Test
  void forwardPass_remainsText_whereTheApplicationOrTheFileDecidesSo() throws IOException {
    runtime.withRows(request -> new float[][] {{1, 2}});
    TextPrompt text = TextPrompt.of("17");
    try (RkllmModel model = builder().load()) { // the runtime reads this file as the tokenizer does
      model.setChatTemplate(ChatTemplate.NONE);
      assertThat(forwardPasses(model, text)).containsOnly(text);
    }
    writeFileThatTheRuntimeMisreads();
    try (RkllmModel model = builder().promptsAsText().load()) {
      model.setChatTemplate(ChatTemplate.NONE);
      assertThat(forwardPasses(model, text)).containsOnly(text);
    }
    try (RkllmModel model = builder().chatFormat(ChatFormat.chatMl()).promptsAsText().load()) {
      assertThat(forwardPasses(model, text)).containsOnly(text);
    }
  }

  // ---- Lengths

  @Test
  void conversation_countTokens_isTheLengthOfItsPrompt() {
    Conversation conversation =
        Conversation.of(
            List.of(new ChatMessage.SystemPrompt("Be brief"), new ChatMessage.User("Why?")));
    try (RkllmModel model = load()) {
      model.generate(conversation).text();
      assertThat(model.countTokens(conversation)).hasValue(((TokenPrompt) passed()).tokens());
      assertThatThrownBy(() -> model.countTokens((Conversation) null))
          .isInstanceOf(IllegalArgumentException.class);
    }
    try (RkllmModel model = builder().load()) {
      assertThatThrownBy(() -> model.countTokens(conversation))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("chat format");
    }
  }

  @Test
  void prompt_longerThanTheContext_isRefusedWithItsExactLength() {
    String fits = "x".repeat(CONTEXT - AROUND);
    try (RkllmModel model = load()) {
      model.generate(fits).text();
      assertThatThrownBy(() -> model.generate(fits + "y").text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("it has 65 tokens, and the context has 64. It was not passed");
    }
    assertThat(runtime.requests()).hasSize(1);
  }

  @Test
  void prompt_thatNoTokenizerCouldFit_isNotEvenConverted() {
    try (RkllmModel model = load()) {
      assertThatThrownBy(() -> model.generate("x".repeat(CONTEXT * 512 + 512)).text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("at least 65 tokens");
    }
  }

  @Test
  void text_underTheRuntimesTemplate_isRefusedIfItCannotFit() {
    try (RkllmModel model = builder().load()) {
      model.generate("x".repeat(CONTEXT + 8)).text(); // the template may merge some of them
      assertThatThrownBy(() -> model.generate("x".repeat(CONTEXT + 9)).text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("at least 65 tokens");
      assertThatThrownBy(() -> model.logits(TextPrompt.of("x".repeat(CONTEXT * 100))))
          .isInstanceOf(ContextOverflowException.class);
    }
    assertThat(runtime.requests()).hasSize(1);
  }

  // ---- maxPromptTokens

  private static GenerationOptions atMost(int tokens) {
    return GenerationOptions.builder().maxPromptTokens(tokens).build();
  }

  @Test
  void maxPromptTokens_refusesLongerPrompts() {
    try (RkllmModel model = load();
        InferenceSession session = model.openSession()) {
      model.generate("abc", atMost(AROUND + 3)).text();
      assertThatThrownBy(() -> model.generate("abcd", atMost(AROUND + 3)).text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("the prompt has %d tokens, and maxPromptTokens is %d", 23, 22);
      session.generate("a", atMost(AROUND + 1)).text();
      assertThatThrownBy(() -> session.generate("a", atMost(AROUND + 1)).text())
          .isInstanceOf(ContextOverflowException.class); // the history counts
      model.generate(TokenPrompt.of(1, 2), atMost(2)).text();
      assertThatThrownBy(() -> model.generate(TokenPrompt.of(1, 2, 3), atMost(2)).text())
          .isInstanceOf(ContextOverflowException.class);
      assertThat(model.stats().generations()).isEqualTo(3);
    }
    assertThat(runtime.requests()).hasSize(3);
  }

  @Test
  void maxPromptTokens_ofAPromptWhoseLengthIsUnknown_fails() {
    try (RkllmModel model = builder().embeddingWidth(1).load()) {
      assertThatThrownBy(() -> model.generate("a", atMost(60)).text())
          .isInstanceOf(InferenceException.class)
          .isNotInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("maxPromptTokens needs a prompt whose length is known");
      model.generate(EmbeddingPrompt.of(new float[3], 1), atMost(3)).text();
      assertThat(runtime.requests()).hasSize(1);
    }
  }

  @Test
  void maxPromptTokens_countsTheHistoryThatTheRuntimeKeeps() {
    runtime.withPromptTokens(request -> ((TokenPrompt) request.input()).tokens());
    try (RkllmModel model = builder().load();
        InferenceSession session = model.openSession()) {
      session.generate(TokenPrompt.of(1, 2), atMost(2)).text();
      int history = model.kvCache().sizes()[0];
      assertThat(history).isGreaterThanOrEqualTo(2);
      assertThatThrownBy(() -> session.generate(TokenPrompt.of(3), atMost(history)).text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("the prompt has 1 tokens after a history of " + history);
      session.generate(TokenPrompt.of(3), atMost(history + 1)).text();
    }
  }

  @Test
  void maxPromptTokens_isKeptAndCompared() {
    assertThat(atMost(5).toBuilder().build()).isEqualTo(atMost(5)).isNotEqualTo(atMost(6));
    assertThat(atMost(5).maxPromptTokens()).isEqualTo(5);
    assertThat(atMost(5).toString()).contains("maxPromptTokens=5");
  }

  // ---- Where the file's tokenizer is not the last word

  @Test
  void text_failedWithoutMessage_isOverflowByItsTokens() {
    ScriptedRuntime failing = ScriptedRuntime.answering(prompt -> Script.silent().returning(-1));
    try (RkllmModel model =
        RkllmModel.builder(file).runtime(failing).contextLength(CONTEXT).load()) {
      assertThatThrownBy(() -> model.generate("x".repeat(CONTEXT + 1)).text())
          .isInstanceOf(ContextOverflowException.class)
          .hasMessageContaining("probably at least 65 tokens");
    }
  }

  /** The runtime splits the text of such a file in another way, so it decides. */
  @Test
  void text_ofAFileThatTheRuntimeReadsDifferently_isNotRefused() throws IOException {
    file =
        container("gpt2", "default", false)
            .text("rkllm.model_name", "Qwen3_5ForCausalLM")
            .write(folder.resolve("other.rkllm"));
    assertThat(ModelTokenizer.correctsRuntime(ModelFile.read(file))).isTrue();
    try (RkllmModel model = builder().load()) {
      model.generate("x".repeat(CONTEXT * 10)).text();
    }
  }

  @Test
  void tokenizer_readOnAnInterruptedThread_isReadTheNextTime() {
    ModelHandle handle = new ModelHandle("x", runtime, ModelConfig.of(file), null);
    handle.takeFacts(ModelFile.read(file));
    Thread.currentThread().interrupt();
    assertThat(handle.tokenizer().readIfPossible()).isEmpty();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(handle.tokenizer().readIfPossible()).isPresent();
  }

  @Test
  void maxPromptTokens_oneInputOfABatchIsText_isRefused() {
    ScriptedRuntime runtime = ScriptedRuntime.answering(Script::of);
    GenerationOptions limited = GenerationOptions.builder().maxPromptTokens(10).build();
    try (RkllmModel model =
        RkllmModel.builder(Path.of("scripted")).runtime(runtime).batchSize(2).load()) {
      List<Generation> batch =
          model.generateBatch(List.of(TextPrompt.of("x"), TokenPrompt.of(1)), limited);
      assertThatThrownBy(() -> batch.getFirst().text())
          .hasStackTraceContaining("maxPromptTokens needs a prompt whose length is known");
    }
  }
}
