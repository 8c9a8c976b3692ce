package io.rkllm.examples.server;

/** The scripts of the models in tests. */
public final class Scripts {
  /** Thinks unless it is told not to, remembers, calls a tool, counts slowly, fails. */
  public static final String TALKER =
      """
      thinking: on
      template-think-suffix: ""
      template-no-think: <think>\\n\\n</think>\\n\\n
      when: say {word}
      say: You said {word}.
      when: my name is {name}
      say: Hello {name}.
      when: what is my name
      say: Your name is {name}.
      else: You have not told me.
      when: think about {thing}
      think: About {thing}.
      say: I thought about {thing}.
      when: *weather in {city}
      needs: tools
      say: One moment.
      tool: {function:weather} {"{argument:weather}": "{city}"}
      when: *
      role: tool
      say: It is {tool.temperature} degrees.
      when: count to {n:int}
      decode-ms: 20
      repeat: {n} "tick "
      when: fail
      say: one two three four five six
      fault: error-at 3
      when: settings
      say: {run.temperature} {run.top_k} {run.max_new_tokens}
      when: who are you
      needs: system {who}
      say: I am {system}.
      when: *age*
      say: {"age": 22}
      when: break
      say: a\\u{2028}b\\u{85}c
      when: *
      say: What?
      """;

  private Scripts() {}
}
