package io.rkllm;

import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.chat.ChatFormat;
import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.Conversation;
import io.rkllm.input.ChatTemplate;
import io.rkllm.input.EmbeddingPrompt;
import io.rkllm.input.FunctionTools;
import io.rkllm.input.Images;
import io.rkllm.input.Input;
import io.rkllm.input.MediaTags;
import io.rkllm.input.MultimodalPrompt;
import io.rkllm.input.RawPrompt;
import io.rkllm.input.Role;
import io.rkllm.input.TextPrompt;
import io.rkllm.input.TokenPrompt;
import io.rkllm.test.Script;
import io.rkllm.test.ScriptedRuntime;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Media tags typed by users do not reach native code as tags. */
@Timeout(30)
class TypedTagsTest {
  private static final String TYPED = "<image> a <video> b <audio> c <<image>image> <Image>";
  private static final String SAFE = "< image> a < video> b < audio> c << image>image> <Image>";

  private final ScriptedRuntime runtime =
      ScriptedRuntime.answering(prompt -> Script.of("so: ", "<image>"));

  private RkllmModel.Builder builder() {
    return RkllmModel.builder(Path.of("scripted"))
        .runtime(runtime)
        .embeddingWidth(1)
        .imageTags(MediaTags.QWEN_VL_IMAGE);
  }

  private List<String> prompts() {
    return runtime.requests().stream().map(ScriptedRuntime::promptOf).toList();
  }

  @Test
  void textPrompt_everyMode_keepsRoleAndThinking() {
    Input input = new TextPrompt(TYPED, Role.TOOL, true);
    try (RkllmModel model = builder().load()) {
      model.generate(input).text();
      model.logits(input);
      model.hiddenStates(input);
    }
    assertThat(runtime.requests())
        .hasSize(3)
        .allSatisfy(
            request ->
                assertThat(request.input()).isEqualTo(new TextPrompt(SAFE, Role.TOOL, true)));
  }

  @Test
  void rawPromptAndConversation_underAChatFormat() {
    Conversation conversation =
        new Conversation(
            List.of(
                new ChatMessage.SystemPrompt("see <image>"),
                new ChatMessage.User(TYPED),
                new ChatMessage.Assistant("an <audio>"),
                new ChatMessage.User("and <video>")),
            List.of(),
            false);
    try (RkllmModel model = builder().chatFormat(ChatFormat.chatMl()).load()) {
      model.generate(RawPrompt.of(TYPED)).text();
      model.generate(conversation).text();
    }
    assertThat(prompts().getFirst()).isEqualTo(SAFE);
    assertThat(prompts().getLast())
        .contains("see < image>", SAFE, "an < audio>", "and < video>")
        .doesNotContain("<image>", "<video>", "<audio>");
  }

  @Test
  void sessions_historyAndAnswersIncluded() {
    SessionOptions options =
        SessionOptions.builder().history(List.of(new ChatMessage.User("old <image>"))).build();
    try (RkllmModel model = builder().chatFormat(ChatFormat.chatMl()).load();
        InferenceSession session = model.openSession(options)) {
      assertThat(session.generate(TYPED).text()).isEqualTo("so: <image>"); // output is not changed
      session.generate("x").text();
    }
    try (RkllmModel model = builder().load();
        InferenceSession session = model.openSession()) {
      session.generate(TYPED).text();
    }
    assertThat(prompts()).hasSize(3).allMatch(prompt -> prompt.contains(SAFE));
    assertThat(prompts().get(1)).contains("old < image>", "so: < image>");
    assertThat(prompts()).noneMatch(prompt -> prompt.contains("<image>"));
  }

  @Test
  void batchAndResumedRun() throws Exception {
    try (RkllmModel model = builder().batchSize(2).load()) {
      model
          .generateBatch(List.of(TextPrompt.of(TYPED), TextPrompt.of("x")))
          .forEach(Generation::text);
    }
    assertThat(((TextPrompt) runtime.requests().getFirst().inputs().getFirst()).text())
        .isEqualTo(SAFE);

    Hold hold = new Hold();
    ScriptedRuntime pausing =
        ScriptedRuntime.answering(
            prompt ->
                prompt.equals("held") ? Script.of("a").then(hold::here).then("b") : Script.of("c"));
    try (RkllmModel model = builder().runtime(pausing).load()) {
      Generation held = model.generate("held");
      hold.awaitReached();
      var pause = Pausing.begin(held);
      hold.release();
      try (PausedGeneration paused = pause.get().orElseThrow()) {
        paused.resume(TextPrompt.of(TYPED)).text();
      }
    }
    assertThat(ScriptedRuntime.promptOf(pausing.requests().getLast())).isEqualTo(SAFE);
  }

  @Test
  void whatTheRuntimesTemplatePutsIntoPrompts() {
    try (RkllmModel model = builder().load()) {
      model.setFunctionTools(new FunctionTools("<image>", "[{\"d\":\"<audio>\"}]", "<video>"));
      model.setChatTemplate(new ChatTemplate("<image>", "<video>", "<audio>"));
    }
    assertThat(runtime.calls())
        .containsExactly(
            "setFunctionTools [{\"d\":\"< audio>\"}]",
            "setChatTemplate " + new ChatTemplate("< image>", "< video>", "< audio>"));
  }

  @Test
  void otherInputs_areUntouched() {
    List<Input> inputs =
        List.of(
            TokenPrompt.of(1, 2),
            EmbeddingPrompt.of(new float[2], 1),
            MultimodalPrompt.of("<image>?", Images.of(new float[4], 1, 4, 28, 28)));
    try (RkllmModel model = builder().load()) {
      inputs.forEach(input -> model.generate(input).text());
    }
    assertThat(runtime.requests().stream().map(request -> request.input()))
        .containsExactlyElementsOf(inputs);
  }
}
