package io.rkllm.tools;

import static io.rkllm.tools.ScriptedTools.call;
import static io.rkllm.tools.ScriptedTools.load;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.RkllmModel;
import io.rkllm.test.ScriptedRuntime;
import io.rkllm.tools.parser.Dialects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A dialect that a session is given counts for what it runs and for what it remembers. */
@Timeout(30)
class SessionDialectTest {
  record Key(String name) {}

  @Test
  void callsOfAnotherDialectThanTheFormats_areRememberedWithTheirResults() {
    ToolSet tools =
        ToolSet.builder().add("open", "", Key.class, key -> "opened " + key.name()).build();
    ScriptedRuntime runtime =
        ScriptedTools.answering(
            told ->
                told.equals("go")
                    ? "```json\n{\"name\": \"open\", \"parameters\": {\"name\": \"fenced\"}}\n```\n"
                        + call("open", "{\"name\": \"tagged\"}")
                    : "done");
    try (RkllmModel model = load(runtime);
        ToolSession session = ToolSession.builder(model, tools).dialect(Dialects.DETECTED).open()) {
      session.generate("go").await();

      assertThat(ScriptedRuntime.promptOf(runtime.requests().getLast()))
          .containsSubsequence(
              "<tool_call>\n{\"name\": \"open\", \"arguments\": {\"name\": \"fenced\"}}",
              "<tool_call>\n{\"name\": \"open\", \"arguments\": {\"name\": \"tagged\"}}",
              "opened fenced",
              "opened tagged");
    }
  }
}
