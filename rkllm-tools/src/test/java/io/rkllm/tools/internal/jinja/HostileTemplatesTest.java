package io.rkllm.tools.internal.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates that would take all memory or time, each rendered within the budget. */
class HostileTemplatesTest {
  private static final ZonedDateTime NOON =
      ZonedDateTime.of(2026, 3, 5, 12, 4, 9, 0, ZoneOffset.UTC);

  @TempDir Path folder;

  @Test
  void hostileTemplates_inASmallHeap_endInTimeAndMemory() throws Exception {
    File output = folder.resolve("output").toFile();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                HostileTemplates.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(output)
            .start();
    try {
      assertThat(process.waitFor(Duration.ofMinutes(8))).as("ended in time").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(output).content().isEmpty();
    assertThat(process.exitValue()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% macro f() %}{% for i in range(1000) %}{{ f() }}{% endfor %}{% endmacro %}{{ f() }}",
        "{{ range(100000) | unique | list }}",
        "{{ range(100000) | map('string') | sort | join | length }}",
        "{{ ('ab' * 1000000) | list | tojson }}",
        "{% for i in range(100000) %}{% if not 1 and 1 or (2 if 0 else 0) %}{% endif %}{% endfor %}"
      })
  void template_thatTakesLongerThanItMay_isStopped(String template) {
    Budget budget = new Budget(Long.MAX_VALUE, Duration.ZERO);

    assertThatExceptionOfType(JinjaException.class)
        .isThrownBy(
            () ->
                new JinjaTemplate(template, () -> NOON)
                    .render(Map.of(), UnaryOperator.identity(), budget))
        .withMessageContaining("longer than the limit of 0 ms");
  }

  @Test
  void template_thatDoesMoreThanItMay_isToldTheLimit() {
    assertThatExceptionOfType(JinjaException.class)
        .isThrownBy(() -> HostileTemplates.render("{{ 'x' * 99999999 }}"))
        .withMessageContaining("limit of 33554432 units");
  }

  @Test
  void template_thatIsTooLong_isRefused() {
    assertThatExceptionOfType(JinjaException.class)
        .isThrownBy(() -> HostileTemplates.render("x".repeat(300_000)))
        .withMessageContaining("300000 characters, more than the limit of 262144");
  }

  @ParameterizedTest
  @ValueSource(strings = {"9", "9.9", "9e9"})
  void numberLiteral_thatIsTooLong_isRefused(String end) {
    assertThatExceptionOfType(JinjaException.class)
        .isThrownBy(() -> HostileTemplates.render("{{ " + "1".repeat(10_000) + end + " }}"))
        .withMessageContaining("more than the limit of 400")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
  }

  @Test
  void exception_aboutAVeryLongValue_isShort() {
    assertThatExceptionOfType(JinjaException.class)
        .isThrownBy(() -> HostileTemplates.render("{{ raise_exception('x' * 1000000) }}"))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(2000));
  }

  @Test
  void conversationOfAMillionCharacters_rendersWithinTheBudget() {
    List<Map<String, Object>> messages = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      messages.add(Map.of("role", "user", "content", "words ".repeat(83)));
    }
    JinjaTemplate template =
        new JinjaTemplate(
            """
            {%- for m in messages %}
            {%- set content = m.content.split('</think>')[-1].lstrip('\\n') %}
            {%- if m.role == 'user' or (m.role == 'system' and not loop.first) %}
            {{- '<|im_start|>' + m.role + '\\n' + content | trim + '<|im_end|>' + '\\n' }}
            {%- endif %}
            {%- endfor %}""",
            () -> NOON);

    assertThat(template.render(Map.of("messages", messages), UnaryOperator.identity()))
        .hasSizeGreaterThan(1_000_000);
  }

  /** Renders each template, and says which ended in another way than it may. */
  static final class HostileTemplates {
    private static final int SECONDS_EACH = 20;

    private static final String DOUBLED =
        "{% set ns = namespace(a=['x'], b=['x']) %}{% for i in range(40) %}"
            + "{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}";

    /** Values on which work is much. */
    private static final List<String> VALUES =
        List.of(
            "('a '*4000000)",
            "('\\n'*3000000)",
            "('\\u0001\\u20ac'*2000000)",
            "('x'*8000000)",
            "('9'*4000000)",
            "('<'*3000000)",
            "('a\\ufdd0'*2000000)",
            "range(99999)|list",
            "(('a '*40000).split(' '))",
            "[[1, 'x'*1000000, 'y'*1000000]]",
            "{'k': 'x'*3000000, 'x'*300000: 1}",
            "ns.a");

    private static final List<String> OPERATIONS =
        List.of(
            // filters
            "|tojson",
            "|tojson(indent=16)",
            "|tojson(separators=(',', ':'))",
            "|string",
            "|length",
            "|count",
            "|default('x')",
            "|safe",
            "|items",
            "|list",
            "|first",
            "|last",
            "|int",
            "|float",
            "|abs",
            "|round(15)",
            "|sum",
            "|sum(start=range(9999)|list)",
            "|min",
            "|max",
            "|trim",
            "|trim('x '*1000000)",
            "|upper",
            "|lower",
            "|title",
            "|capitalize",
            "|replace('a', 'b'*1000000)",
            "|replace('', 'b'*100)",
            "|replace('a', 'bbb', 3000000)",
            "|indent(64)",
            "|indent('x'*1000000, true, true)",
            "|escape",
            "|e|e|e|e|e",
            "|join('x'*1000000)",
            "|map('upper')|list",
            "|map('list')|list",
            "|map(attribute='a.b.c.d.e.f')|list",
            "|map(attribute='a.'*100000)|list",
            "|map('map', 'map', 'list')|list",
            "|select('equalto', 'x'*1000000)|list",
            "|select|list",
            "|reject('in', range(9999)|list)|list",
            "|selectattr('a.b', 'equalto', 1)|list",
            "|rejectattr('a')|list",
            "|reverse",
            "|sort",
            "|sort(case_sensitive=true)",
            "|sort(attribute='0')",
            "|unique",
            "|dictsort",
            "|dictsort(by='value')",
            // methods
            ".split(' ')|length",
            ".split(' ', 3000000)",
            ".split()",
            ".split(none, 3)",
            ".rsplit('a')",
            ".rsplit('x'*4000000 ~ 'y')",
            ".splitlines()",
            ".strip('x'*4000000)",
            ".lstrip('yx')",
            ".rstrip('yx')",
            ".startswith(['y'*100000]*1)",
            ".endswith(range(99999)|list)",
            ".replace('x', 'y'*1000000)",
            ".upper()",
            ".lower()",
            ".title()",
            ".capitalize()",
            ".find('x'*4000000 ~ 'y')",
            ".find(sub='x'*4000000 ~ 'y')",
            ".rfind(sub='y' ~ 'x'*4000000)",
            ".index(sub='x'*4000000 ~ 'y')",
            ".index('q')",
            ".count('x'*2000000 ~ 'y')",
            ".count(sub='x'*2000000 ~ 'y')",
            ".join(range(99999))",
            ".removeprefix('x')",
            ".removesuffix('x')",
            ".isdigit()",
            ".isalpha()",
            ".isupper()",
            ".islower()",
            ".isspace()",
            ".items()",
            ".keys()",
            ".values()",
            ".get('x'*3000000)",
            // operators
            " * 99999999",
            " * 2",
            " + 'y'",
            " + [1]",
            " ~ ns.b",
            " ~ 'y'",
            "[1:]",
            "[::-1]",
            "[::2]",
            "[-1]",
            "[4:3000000]",
            " == ns.b",
            " != 'x'*7999999 ~ 'y'",
            " < 'x'*7999999 ~ 'y'",
            " in ('x'*8000000)",
            " in range(99999)",
            " not in ns.b",
            " in {}",
            " // 7",
            // tests
            " is in ns.b",
            " is in ('x'*8000000)",
            " is sameas ns.b",
            " is eq ns.b",
            " is lower",
            " is upper",
            " is lt 'x'",
            " is divisibleby 3",
            // what takes values
            "|list|tojson|list|tojson|list|tojson",
            "|string|string|list|string|list|string");

    /** Each of them many times: {@code v} is a value from above. */
    private static final List<String> LOOPS =
        List.of(
            "{% set ns.c = [ns.c, v] %}",
            "{% set ns.c = ns.c ~ v %}",
            "{% set ns.c = [v, v, v, v, v, v, v, v] + [ns.c] %}",
            "{% set ns.c = [{'a': i, i: v}, ns.c] %}",
            "{% set ns.c = [namespace(a=v, b=ns.c), i.x, loop] %}",
            "{% set ns.c = [v.strip, v.split, ns.c] %}",
            "{% set ns.c = [dict(a=v), dict([[i, v]]), ns.c] %}",
            "{% set ns.c = [range(1000), ns.c] %}",
            "{{ v }}",
            "{{ v }}{{ ns.c }}",
            "{{ loop.changed(v) }}{{ loop.cycle(v, 1) }}",
            "{{ strftime_now('%A%B%-d' * 100000) }}",
            "{% set t %}{{ v }}{{ t }}{% endset %}",
            "{% filter upper %}{{ v }}{% endfilter %}",
            "{% call m(v) %}{{ v }}{% endcall %}",
            "{{ m(v) }}",
            "{% with w = v ~ 'y' %}{{ w|length }}{% endwith %}",
            "{% for j in v %}{{ j }}{% endfor %}",
            "{% if v == v or v in v %}{% endif %}",
            "{% if not 1 and 1 or (2 if 0 else 0) %}{% endif %}");

    static String render(String template) {
      return new JinjaTemplate(template, () -> NOON)
          .render(Map.of(), json -> json.replace('\ufdd0', ' '));
    }

    static List<String> templates() {
      List<String> templates = new ArrayList<>();
      for (String value : VALUES) {
        String given = DOUBLED + "{% set v = " + value + " %}";
        OPERATIONS.forEach(operation -> templates.add(given + "{{ v" + operation + " }}"));
        for (String loop : LOOPS) {
          templates.add(
              given
                  + "{% macro m(x) %}{{ x }}{{ caller() if caller else '' }}{% endmacro %}"
                  + "{% set ns.c = '' %}{% for i in range(99999) %}"
                  + loop
                  + "{% endfor %}");
        }
      }
      for (String words :
          List.of(
              "{{ 1 and 1 }}", "{{ 1", "{%", "{#", "{% raw %}", "{% if 1 %}", "{{ '\\u0041' }}")) {
        templates.add(words.repeat((1 << 18) / words.length()));
      }
      templates.add("{{ [" + "1,".repeat(100_000) + "]|length }}");
      templates.add("{{ " + "-".repeat(200_000) + "1 }}");
      templates.add("{{ x" + ".a".repeat(100_000) + " }}");
      templates.add("{{ " + "{1:".repeat(60_000) + " }}");
      templates.add("{{ 1" + " and 1".repeat(40_000) + " }}");
      return templates;
    }

    public static void main(String[] args) {
      for (String template : templates()) {
        long start = System.nanoTime();
        String end = "";
        try {
          render(template);
        } catch (JinjaException e) {
          end = e.getMessage().length() > 2000 ? "a message that is too long" : "";
        } catch (RuntimeException | Error e) {
          end = e.toString();
        }
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        if (!end.isEmpty() || time.toSeconds() >= SECONDS_EACH) {
          System.out.println(
              template.substring(0, Math.min(300, template.length())) + ": " + time + " " + end);
        }
      }
    }
  }
}
