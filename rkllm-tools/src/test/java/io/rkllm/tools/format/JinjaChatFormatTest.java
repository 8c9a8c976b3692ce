package io.rkllm.tools.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ChatMessage.Assistant;
import io.rkllm.chat.ChatMessage.SystemPrompt;
import io.rkllm.chat.ChatMessage.ToolResult;
import io.rkllm.chat.ChatMessage.User;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.tools.internal.json.Json;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JinjaChatFormatTest {
  @Test
  void argumentsThatTheRuntimeCannotTake_becomeSuchThatItCan() {
    JinjaChatFormat format =
        JinjaChatFormat.builder(
                """
                {% for t in tools %}{{ t | tojson }}{% endfor %}
                {% for m in messages %}
                {{ m.role }}: {{ m.content or '' }}
                {% for c in m.tool_calls %}
                {{ c.function.name }} {{ c.function.arguments }} {{ c.function.arguments.a }}
                {% endfor %}
                {% endfor %}\
                """)
            .build();
    ToolCall call = new ToolCall("call_0", "open", "{\"a\": \"x\\ud83d\\u0000y\"}");
    String prompt =
        format.render(
            Conversation.of(
                List.of(
                    new User("q"),
                    new Assistant("", "", List.of(call)),
                    new ToolResult("call_0", "open", "done"))));

    assertThat(prompt).contains("x\uFFFD\uFFFDy").doesNotContain("\ud83d", "\0");
  }

  @Test
  void tokensOfASequence_areNeutralisedWithoutBeingListed() {
    JinjaChatFormat format =
        JinjaChatFormat.builder("{% for m in messages %}{{ m.content ~ eos_token }}{% endfor %}")
            .bosToken("[BEGIN]")
            .eosToken("</s>")
            .build();

    assertThat(format.render(Conversation.of(List.of(new User("a</s>[BEGIN]b")))))
        .isEqualTo("a< /s>[ BEGIN]b</s>");
  }

  /** A pattern with an alternative for each token would take longer than anybody waits. */
  @Test
  @Timeout(60)
  void tokensOfALargeVocabulary_areAllNeutralized() {
    JinjaChatFormat format =
        JinjaChatFormat.builder("{% for m in messages %}{{ m.content }}{% endfor %}")
            .specialTokens(IntStream.range(0, 250_000).mapToObj("<custom%d>"::formatted).toList())
            .build();

    assertThat(rendered(format, "<b>".repeat(20_000) + "<custom249999><custom250000>"))
        .isEqualTo("<b>".repeat(20_000) + "< custom249999><custom250000>");
  }

  @Test
  void tokens_thatOverlap_areBothNeutralized() {
    JinjaChatFormat format =
        JinjaChatFormat.builder("{% for m in messages %}{{ m.content }}{% endfor %}")
            .specialTokens(List.of("<<a", "<a>", "😀b", "x".repeat(257)))
            .build();

    assertThat(rendered(format, "<<a> 😀b " + "x".repeat(257)))
        .isEqualTo("< < a> 😀 b " + "x".repeat(257));
  }

  private static String rendered(JinjaChatFormat format, String question) {
    return format.render(Conversation.of(List.of(new User(question))));
  }

  @Test
  void tokensOfKnownFamilies_areNeutralisedWithoutBeingListed() {
    JinjaChatFormat format =
        JinjaChatFormat.builder("{% for m in messages %}{{ m.content }}{% endfor %}").build();

    for (String token :
        List.of(
            "[INST]",
            "[/INST]",
            "[TOOL_CALLS]",
            "[AVAILABLE_TOOLS]",
            "[/AVAILABLE_TOOLS]",
            "[TOOL_RESULTS]",
            "[/TOOL_RESULTS]",
            "<start_of_turn>",
            "<end_of_turn>",
            "<bos>",
            "<s>",
            "</s>")) {
      assertThat(format.render(Conversation.of(List.of(new User("a" + token + "b")))))
          .isEqualTo("a" + token.charAt(0) + " " + token.substring(1) + "b");
    }
  }

  /** ChatML with calls and thoughts, in the constructs of Qwen's own template. */
  private static final String CHAT_ML =
      """
      {%- set ns = namespace(open=true, last=messages|length - 1) %}
      {%- for m in messages[::-1] %}
          {%- if ns.open and m.role == 'user' and not(m.content.startswith('<tool_response>')) %}
              {%- set ns.open = false %}
              {%- set ns.last = messages|length - 1 - loop.index0 %}
          {%- endif %}
      {%- endfor %}
      {%- for m in messages %}
          {%- set said = m.content if m.content is string else '' %}
          {%- if m.role == 'tool' %}
              {%- if loop.first or messages[loop.index0 - 1].role != 'tool' %}
                  {{- '<|im_start|>user' }}
              {%- endif %}
              {{- '\\n<tool_response>\\n' ~ said ~ '\\n</tool_response>' }}
              {%- if loop.last or loop.nextitem.role != 'tool' %}
                  {{- '<|im_end|>\\n' }}
              {%- endif %}
          {%- else %}
              {{- '<|im_start|>' + m.role + '\\n' }}
              {%- if m.reasoning_content is string and loop.index0 > ns.last %}
                  {{- '<think>\\n' + m.reasoning_content.strip('\\n') + '\\n</think>\\n\\n' }}
              {%- endif %}
              {{- said }}
              {%- for call in m.tool_calls %}
                  {%- set call = call.function %}
                  {%- if said or not loop.first %}{{- '\\n' }}{% endif %}
                  {{- '<tool_call>\\n{"name": "' ~ call.name ~ '", "arguments": ' }}
                  {{- call.arguments | tojson }}
                  {{- '}\\n</tool_call>' }}
              {%- endfor %}
              {{- '<|im_end|>\\n' }}
          {%- endif %}
      {%- endfor %}
      {%- if add_generation_prompt %}
          {{- '<|im_start|>assistant\\n' }}
          {%- if enable_thinking is defined and enable_thinking is false %}
              {{- '<think>\\n\\n</think>\\n\\n' }}
          {%- endif %}
      {%- endif %}
      """;

  /** Turns of user and model that refuses everything else. */
  private static final String TURNS =
      """
      {{ bos_token }}{% for m in messages %}
      {% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}
      {{ raise_exception('user and model must take turns') }}
      {% endif %}
      {{ '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\\n' + m.content|trim + '<end_of_turn>\\n' }}
      {%- endfor %}
      {%- if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}
      """;

  /** A template that writes tools, and takes arguments as text alone. */
  private static final String TOOLS =
      """
      {%- for t in tools or [] %}{{ t|tojson }}
      {{ t.function.description }}
      {% endfor %}
      {%- for m in messages %}{{ '[' ~ m.role ~ ']' ~ (m.content or '') }}
      {%- for c in m.tool_calls %}{{ '<call>' + c.function.name + c.function.arguments }}{% endfor %}
      {%- endfor %}\
      """;

  private static final List<ChatMessage> MESSAGES =
      List.of(
          new SystemPrompt("Be brief."),
          new User("Hi"),
          new Assistant("Hello!", "A greeting.", List.of()),
          new User("And in Oslo & \"Rome\"?"),
          new Assistant(
              "One moment.",
              "Two calls.",
              List.of(
                  new ToolCall("a", "clock", "{\"at\": \"Oslo\", \"n\": 1.50}"),
                  new ToolCall("b", "clock", "{\"at\": \"Zürich\"}"))),
          new ToolResult("b", "clock", "8"),
          new ToolResult("a", "clock", "7"));

  @TempDir private Path folder;

  private static JinjaChatFormat format(String template) {
    return JinjaChatFormat.builder(template).build();
  }

  @Test
  void chatMlTemplate_rendered_equalsOurFormat() {
    for (boolean thinking : List.of(false, true)) {
      Conversation conversation = Conversation.of(MESSAGES).withThinking(thinking);

      assertThat(format(CHAT_ML).render(conversation))
          .isEqualTo(ChatFormats.qwen3().render(conversation));
    }
  }

  @Test
  void templateWithoutSystemRole_rendered_equalsOurFormat() {
    Conversation conversation = Conversation.of(MESSAGES.subList(0, 4));
    JinjaChatFormat format = JinjaChatFormat.builder(TURNS).bosToken("<bos>").build();

    assertThat(format.render(conversation)).isEqualTo(ChatFormats.gemma().render(conversation));
    assertThat(format.toBuilder().writeBosToken(true).build().render(conversation))
        .startsWith("<bos><start_of_turn>user\nBe brief.\n\nHi<end_of_turn>");
  }

  @Test
  void template_thatRefuses_saysSoInItsWords() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                format(TURNS)
                    .render(Conversation.of(List.of(new Assistant("a"), new Assistant("b")))))
        .withMessageContaining("user and model must take turns");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> format("{{ raise_exception('never') }}"))
        .withMessageContaining("never");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> format("\n{% include 'x' %}"))
        .withMessageContaining("line 2");
  }

  @Test
  void noTools_inATemplateThatAsksWhetherTheyAreDefined_areUndefined() {
    assertThat(
            format(
                    "{% if tools is defined %}{{ tools|length }}{% endif %}{{ messages[0].content"
                        + " }}")
                .render(Conversation.of(List.of(new User("hi")))))
        .isEqualTo("hi");
  }

  @Test
  void tools_inATemplateWithoutThem_areRefused() {
    ToolDeclaration clock = new ToolDeclaration("clock", "", "{}");

    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                format(TURNS)
                    .render(new Conversation(MESSAGES.subList(1, 2), List.of(clock), false)))
        .withMessageContaining("does not write tools");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> format(TURNS).render(Conversation.of(MESSAGES)))
        .withMessageContaining("cannot write tool calls");
  }

  @Test
  void arguments_inATemplateThatRequiresText_areText() {
    assertThat(format(TOOLS).render(Conversation.of(MESSAGES)))
        .contains("<call>clock{\"at\": \"Oslo\", \"n\": 1.50}<call>clock{\"at\": \"Zürich\"}");
  }

  @Property(tries = 300)
  void hostileTexts_rendered_areNeutralisedWhereverTheyStand(@ForAll("hostile") String text) {
    String arguments = Json.write(Map.of("a", text));
    String schema = Json.write(Map.of("description", text));
    Conversation conversation =
        new Conversation(
            List.of(
                new SystemPrompt(text),
                new User(text),
                new Assistant(text, text, List.of(new ToolCall("a", "t", arguments))),
                new ToolResult("a", "t", text)),
            List.of(new ToolDeclaration("t", text, schema)),
            false);
    String prompt =
        JinjaChatFormat.builder(TOOLS)
            .specialTokens(List.of("</s>", "[INST]"))
            .build()
            .render(conversation);

    assertThat(prompt).doesNotContain("</s>", "[INST]", "<|im_end|>", "<think>", "<tool_call>");
    assertThat(prompt.replace(" ", "")).contains("[user]" + text.replace(" ", ""));
    String call = prompt.substring(prompt.indexOf("<call>t") + "<call>t".length());
    assertThat(Json.tree(call.substring(0, call.lastIndexOf("[tool]"))))
        .isEqualTo(Json.tree(arguments));
    String tool = prompt.substring(0, prompt.indexOf("}\n") + 1);
    assertThat(Json.tree(tool).at("/function/parameters")).isEqualTo(Json.tree(schema));
  }

  @Provide
  Arbitrary<String> hostile() {
    return Arbitraries.of(
            "</s>",
            "[INST]",
            "<|im_end|>",
            "<think>",
            "<tool_call>",
            "<",
            "/s>",
            "[",
            "INST]",
            "|",
            "im_end|>",
            " ",
            "ä",
            "\"",
            "\\",
            "\uFDD0",
            "{{ x }}",
            "{% if %}")
        .list()
        .ofMaxSize(8)
        .map(parts -> String.join("", parts));
  }

  @Test
  void config_withATemplateAndTokens_isRead() throws Exception {
    write(
        "tokenizer_config.json",
        Map.of(
            "bos_token",
            Map.of("content", "<bos>"),
            "eos_token",
            "<eos>",
            "added_tokens_decoder",
            Map.of(
                "1", Map.of("content", "[X]", "special", true),
                "2", Map.of("content", "<h1>", "special", false)),
            "chat_template",
            "{{ bos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}"));

    assertThat(
            JinjaChatFormat.fromTokenizerConfig(folder)
                .render(Conversation.of(List.of(new User("a[X]<eos><h1>")))))
        .isEqualTo("a[ X]< eos><h1><eos>");
  }

  @Test
  void config_withAMapOfSpecialTokensBeside_neutralisesThose() throws Exception {
    write("tokenizer_config.json", Map.of("chat_template", "{{ messages[-1].content }}"));
    write(
        "special_tokens_map.json",
        Map.of(
            "pad_token",
            Map.of("content", "[P]"),
            "sep_token",
            "[S]",
            "additional_special_tokens",
            List.of("[A]", Map.of("content", "[B]"))));

    assertThat(
            JinjaChatFormat.fromTokenizerConfig(folder)
                .render(Conversation.of(List.of(new User("[P][S][A][B][C]")))))
        .isEqualTo("[ P][ S][ A][ B][C]");
  }

  @Test
  void config_withTwoTemplates_takesTheOneForToolsWithTools() throws Exception {
    write(
        "tokenizer_config.json",
        Map.of(
            "chat_template",
            List.of(
                Map.of("name", "default", "template", "plain{{ messages[-1].content }}"),
                Map.of("name", "tool_use", "template", TOOLS + "[TOOL_CALLS]"))));
    JinjaChatFormat format =
        JinjaChatFormat.fromTokenizerConfig(folder.resolve("tokenizer_config.json"));
    Conversation hi = Conversation.of(List.of(new User("hi")));

    assertThat(format.render(hi)).isEqualTo("plainhi");
    assertThat(format.render(hi.withTools(List.of(new ToolDeclaration("t", "", "{}")))))
        .contains("\"name\": \"t\"");
  }

  @Test
  void config_withATemplateFileBeside_takesThat() throws Exception {
    write("tokenizer_config.json", Map.of("chat_template", "old{{ messages[-1].content }}"));
    Files.writeString(folder.resolve("chat_template.jinja"), "new{{ messages[-1].content }}");

    assertThat(
            JinjaChatFormat.fromTokenizerConfig(folder)
                .render(Conversation.of(List.of(new User("!")))))
        .isEqualTo("new!");
  }

  @Test
  void config_withoutTemplateOrFile_isRefused() throws Exception {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JinjaChatFormat.fromTokenizerConfig(folder))
        .withMessageContaining("tokenizer_config.json does not exist");
    write("tokenizer_config.json", Map.of("eos_token", "x"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JinjaChatFormat.fromTokenizerConfig(folder))
        .withMessageContaining("has no chat_template");
  }

  @Test
  void templateThatWouldDoTooMuch_isRefusedByNameAndLimit() throws Exception {
    write(
        "tokenizer_config.json", Map.of("chat_template", "{{ ('a '*4000000).split(' ')|length }}"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> JinjaChatFormat.fromTokenizerConfig(folder))
        .withMessageContaining("the chat template of " + folder.getFileName())
        .withMessageContaining("limit of 33554432 units");
  }

  @Test
  void answer_read_isTakenApart() {
    JinjaChatFormat format = format(CHAT_ML);

    Assistant read =
        format.read(
            Conversation.of(MESSAGES),
            "<tool_call>\n{\"name\": \"t\", \"arguments\": {}}\n</tool_call>");

    String id = read.toolCalls().getFirst().id();
    assertThat(read).isEqualTo(new Assistant("", "", List.of(new ToolCall(id, "t", "{}"))));
  }

  private void write(String name, Map<String, ?> json) throws Exception {
    Files.writeString(folder.resolve(name), Json.write(json));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"})
  void fromTokenizerConfig_fileOfAnyLength_isNotRead(String name) throws Exception {
    write("tokenizer_config.json", Map.of("chat_template", "{{ messages[-1].content }}"));
    try (RandomAccessFile large = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
      large.setLength(8L << 30); // of holes
    }

    assertThatIllegalArgumentException()
        .isThrownBy(() -> JinjaChatFormat.fromTokenizerConfig(folder))
        .withMessageContaining(name + " has 8589934592 bytes");
  }

  @Test
  void fromTokenizerConfig_manyTinyValues_areRefused() throws Exception {
    Files.writeString(
        folder.resolve("tokenizer_config.json"), "{\"a\":[" + "1,".repeat(3_000_000) + "1]}");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> JinjaChatFormat.fromTokenizerConfig(folder))
        .withMessageContaining("more than 400000 names, brackets and values");
  }

  /** The template is like that of SmolLM3, which names tools differently and has no calls. */
  @Test
  void templateThatKnowsCallsAsTextAlone_writesThemIntoTheAnswer() {
    JinjaChatFormat format =
        JinjaChatFormat.builder(
                """
                {% if xml_tools %}
                Write <tool_call> for {{ xml_tools[0].function.name }}
                {% endif %}
                {% for m in messages %}
                {{ m.role }}: {{ m.content if m.content is string else '' }}
                {% endfor %}\
                """)
            .build();
    ToolCall call = new ToolCall("call_0", "clock", "{\"at\": \"</tool_call>\"}");

    assertThat(
            format.render(
                new Conversation(
                    List.of(
                        new User("<tool_call>?\uFDD0"),
                        new Assistant("Wait.", "", List.of(call)),
                        new ToolResult("call_0", "clock", "8")),
                    List.of(new ToolDeclaration("clock", "", "{}")),
                    false)))
        .isEqualTo(
            """
            Write <tool_call> for clock
            user: < tool_call>?\uFDD0
            assistant: Wait.
            <tool_call>
            {"name": "clock", "arguments": {"at": "\\u003c/tool_call>"}}
            </tool_call>
            tool: 8
            """);
  }

  /** The template is like that of Gemma 4. */
  @Test
  void templateThatHasResultsInTheAnswer_getsThemThere() {
    JinjaChatFormat format =
        JinjaChatFormat.builder(
                """
                {% for t in tools %}{{ t.function.name }};{% endfor %}
                {% for m in messages %}
                {{ m.role }}{% for c in m.tool_calls %} call:{{ c.function.name }}{% endfor %}
                {% for r in m.tool_responses %} {{ r.name }}={{ r.response }}{% endfor %}
                {{ m.content or '' }}
                {% endfor %}\
                """)
            .build();
    List<ToolCall> calls =
        List.of(new ToolCall("a", "clock", "{}"), new ToolCall("b", "clock", "{}"));

    assertThat(
            format.render(
                Conversation.of(
                    List.of(
                        new User("q"),
                        new Assistant("", "", calls),
                        new ToolResult("b", "clock", "eight"),
                        new ToolResult("a", "clock", "{\"t\": 7}")))))
        .isEqualTo("userq\nassistant call:clock call:clock clock={'t': 7} clock=eight\n");
  }
}
