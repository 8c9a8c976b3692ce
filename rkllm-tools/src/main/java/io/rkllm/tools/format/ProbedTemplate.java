package io.rkllm.tools.format;

import io.rkllm.chat.ChatMessage;
import io.rkllm.chat.ChatMessage.Assistant;
import io.rkllm.chat.ChatMessage.SystemPrompt;
import io.rkllm.chat.ChatMessage.ToolResult;
import io.rkllm.chat.ChatMessage.User;
import io.rkllm.chat.Conversation;
import io.rkllm.chat.ToolCall;
import io.rkllm.chat.ToolDeclaration;
import io.rkllm.tools.internal.jinja.JinjaException;
import io.rkllm.tools.internal.jinja.JinjaTemplate;
import io.rkllm.tools.internal.schema.ModelText;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A template whose capabilities were determined by test renderings. */
final class ProbedTemplate {
  private static final String SYSTEM = "probe_system";
  private static final String TOOL = "probe_tool";
  private static final String RESULT = "probe_result";
  private static final String ARGUMENT = "probe_argument";
  private static final String HERMES_CALL = "<tool_call>";
  private static final List<ToolDeclaration> TOOLS =
      List.of(new ToolDeclaration(TOOL, "A tool.", "{\"type\":\"object\",\"properties\":{}}"));
  private static final List<ChatMessage> SYSTEM_AND_QUESTION =
      List.of(new SystemPrompt(SYSTEM), new User("probe_question"));
  private static final List<ChatMessage> QUESTION = List.of(new User("probe_question"));
  private static final List<ChatMessage> CALL =
      List.of(
          new User("probe_question"),
          new Assistant(
              "", "", List.of(new ToolCall("abcdefgh1", TOOL, "{\"a\": \"" + ARGUMENT + "\"}"))),
          new ToolResult("abcdefgh1", TOOL, RESULT));

  private final String name;
  private final String source;
  private final JinjaTemplate template;
  private final ControlTokens tokens;
  private final String bosToken;
  private final String eosToken;
  private final boolean writeBosToken;
  private final TemplateData data;
  private final boolean writesTools;
  private final boolean writesCalls;

  /**
   * Parses and tests a template.
   *
   * @param name the name of the template in messages
   */
  ProbedTemplate(String name, String source, JinjaChatFormat.Builder options) {
    this.name = name;
    this.source = source;
    bosToken = options.bosToken;
    eosToken = options.eosToken;
    writeBosToken = options.writeBosToken;
    tokens = tokens(options);
    try {
      template = new JinjaTemplate(source, ZonedDateTime::now);
    } catch (JinjaException e) {
      throw new IllegalArgumentException(name + " cannot be read: " + e.getMessage(), e);
    }
    TemplateData basic = basicWay();
    rendered(basic, Conversation.of(QUESTION));
    writesTools = writes(basic, QUESTION, TOOLS, TOOL);
    List<TemplateData> ways = waysToCall(basic);
    writesCalls = !ways.isEmpty();
    data = writesCalls ? ways.getFirst() : basic;
  }

  private static ControlTokens tokens(JinjaChatFormat.Builder options) {
    return Families.controlTokens()
        .withLiterals(
            Stream.concat(
                    Stream.of(options.bosToken, options.eosToken), options.specialTokens.stream())
                .filter(token -> token.length() > 1 && !token.isBlank()));
  }

  /** Returns the data that passes a system prompt to the template, without tools. */
  private TemplateData basicWay() {
    boolean responses = source.contains("tool_responses");
    for (boolean folds : List.of(false, true)) {
      for (boolean undefined : List.of(false, true)) {
        TemplateData way =
            new TemplateData(tokens, responses, undefined, folds, false, false, false);
        if (writes(way, SYSTEM_AND_QUESTION, List.of(), SYSTEM)) {
          return way;
        }
      }
    }
    return new TemplateData(tokens, responses, false, true, false, false, false);
  }

  /**
   * Returns the forms of a call that the template accepts, starting with those that it renders
   * completely.
   */
  private List<TemplateData> waysToCall(TemplateData basic) {
    List<TemplateData> forms = new ArrayList<>();
    for (boolean asText : List.of(false, true)) {
      for (boolean empty : List.of(false, true)) {
        forms.add(basic.calling(empty, asText, false));
      }
    }
    List<TemplateData> whole = new ArrayList<>(forms);
    if (writes(
        basic, QUESTION, TOOLS, HERMES_CALL)) { // it describes to the model how to write calls
      whole.add(basic.calling(true, true, true));
    }
    whole.removeIf(way -> !writes(way, CALL, TOOLS, TOOL, ARGUMENT, RESULT));
    forms.removeIf(way -> !writes(way, CALL, TOOLS, TOOL, RESULT));
    whole.addAll(forms);
    return whole;
  }

  private boolean writes(
      TemplateData way, List<ChatMessage> messages, List<ToolDeclaration> tools, String... parts) {
    try {
      String prompt = rendered(way, new Conversation(messages, tools, false));
      return Stream.of(parts).allMatch(prompt::contains);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  String render(Conversation conversation) {
    if (!conversation.tools().isEmpty() && !writesTools) {
      throw new IllegalArgumentException(
          name + " does not write tools; leave them out, or use another chat format");
    }
    if (!writesCalls && conversation.messages().stream().anyMatch(ProbedTemplate::isOfTools)) {
      throw new IllegalArgumentException(
          name + " cannot write tool calls and their results; use another chat format");
    }
    return rendered(data, conversation);
  }

  private static boolean isOfTools(ChatMessage message) {
    return message instanceof ToolResult
        || (message instanceof Assistant answer && !answer.toolCalls().isEmpty());
  }

  /**
   * Returns whether the model thinks by default under the template: an undefined switch renders the
   * same as an enabled switch, and not the same as a disabled one.
   */
  boolean thinksByDefault() {
    Conversation question = Conversation.of(QUESTION);
    String undefined = rendered(data, question, null);
    return undefined.equals(rendered(data, question, true))
        && !undefined.equals(rendered(data, question, false));
  }

  private String rendered(TemplateData way, Conversation conversation) {
    return rendered(way, conversation, conversation.thinking());
  }

  private String rendered(TemplateData way, Conversation conversation, @Nullable Boolean thinking) {
    char seal = MarkedTokens.unused(conversation);
    Map<String, @Nullable Object> said = way.variables(conversation, seal);
    MarkedTokens marked = new MarkedTokens(tokens, said);
    Map<String, @Nullable Object> variables = new HashMap<>();
    said.forEach((name, value) -> variables.put(name, marked.in(value)));
    variables.put("add_generation_prompt", true);
    if (thinking != null) {
      variables.put("enable_thinking", thinking);
    }
    variables.put("bos_token", bosToken);
    variables.put("eos_token", eosToken);
    try {
      String text = marked.inText(template.render(variables, marked::inJson));
      String prompt = ModelText.sanitize(text.replace(String.valueOf(seal), ""));
      return !writeBosToken && !bosToken.isEmpty() && prompt.startsWith(bosToken)
          ? prompt.substring(bosToken.length())
          : prompt;
    } catch (JinjaException e) {
      throw new IllegalArgumentException(
          name + " cannot write the conversation: " + e.getMessage(), e);
    }
  }
}
