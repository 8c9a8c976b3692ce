package io.rkllm.tools.internal.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.rkllm.tools.internal.json.Json;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Map;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JinjaTemplateTest {
  private static final ZonedDateTime NOON =
      ZonedDateTime.of(2026, 3, 5, 12, 4, 9, 0, ZoneOffset.UTC);
  private static final Map<String, @Nullable Object> VARIABLES =
      Json.object(
          """
          {"items": ["a", "b", "c"],
           "map": {"b": 1, "a": [true, null]},
           "people": [{"name": "A", "age": 30}, {"name": "B", "age": 31, "nick": "b"}]}
          """);

  private static String render(String template) {
    return new JinjaTemplate(template, () -> NOON).render(VARIABLES, UnaryOperator.identity());
  }

  /** Templates, and what Jinja 2 makes of them under the settings of transformers. */
  static String[][] templates() {
    return new String[][] {
      {"a\n  {% if true %}\n  b\n  {% endif %}\nc\n", "a\n  b\nc"},
      {"a {%- if true -%} b {%- endif -%} c", "abc"},
      {"{# x #}\na{#- y -#} b", "ab"},
      {"x  {{- 1 -}}  y", "x1y"},
      {"  {%+ if true %}a{% endif +%}\nb", "  a\nb"},
      {"{% raw %}{{ x }}{% endraw %}!", "{{ x }}!"},
      {"a{% raw %}\n{{ x }}\n  {% endraw %}\nb", "a\n{{ x }}\nb"},
      {"a{% raw -%}\n b \n{%- endraw +%}\nc", "ab\nc"},
      {"{{ '%s|%5s|%-5s|%r' % ('a', 'b', 'c', 'd') }}", "a|    b|c    |'d'"},
      {"{{ '%05d %.2f %x %d%% %s' | format(42, 1.005, 255, 7.9, none) }}", "00042 1.00 ff 7% None"},
      {"{{ '%s' % [1, 'a'] }} {{ '%(k)s %(k)s' % {'k': 1.5} }}", "[1, 'a'] 1.5 1.5"},
      {"{{ '%(a)s' | format(a=true) }}", "True"},
      {"{{ '{}{{}}{}'.format('a', 2) }} {{ '{1}{0} {x:d}'.format(1, 2, x=3) }}", "a{}2 21 3"},
      {"{{ items|length - 1 }}", "2"},
      {"{{ not x is defined }}", "True"},
      {"{{ 1 + 2 * 3 ** 2 // 2 % 5 - 7 / 2 }}", "1.5"},
      {"{{ 1 < 2 < 3 }} {{ 3 in [1,2] }} {{ 3 not in [1,2] }}", "True False True"},
      {"{{ 'a' if false }}|{{ 'a' if true else 'b' }}", "|a"},
      {"{{ 'x' 'y' }}", "xy"},
      {"{{ false or 'd' }} {{ 0 and 1 }}", "d 0"},
      {
        "{{ true }} {{ none }} {{ nothing }} {{ 1.5 }} {{ [1, 'a', none, {'k': \"it's\"}] }}",
        "True None  1.5 [1, 'a', None, {'k': \"it's\"}]"
      },
      // None and what else is false has no items for these, and is an error for others.
      {
        "{{ none|selectattr('a')|list }}{{ none|rejectattr('a')|list }}{{ none|select|list }}{{"
            + " none|reject|list }}{{ none|map('upper')|list }}{{ false|map(attribute='a')|list }}",
        "[][][][][][]"
      },
      {"{% for c in none|selectattr('a') %}x{% else %}none{% endfor %}", "none"},
      {"{{ none|selectattr('a')|map(attribute='b')|join(',') }}|{{ nothing|sort|list }}", "|[]"},
      {
        "{{ nothing|min }}{{ []|max }}|{{ ['b', 'A']|min }}{{ people|max(attribute='age') }}",
        "|A{'name': 'B', 'age': 31, 'nick': 'b'}"
      },
      {"{{ none[1:] }}{{ map[1:] }}{{ true[:1] }}{{ map[['b']] }}", ""},
      {
        "{{ nothing is sequence }} {{ nothing is callable }} {{ nothing is upper }}",
        "True True False"
      },
      {
        "{{ true == 1 }} {{ 1 in [true] }} {{ [0] == [false] }} {{ true is sameas 1 }}",
        "True True True False"
      },
      {
        "{{ 7.5 is odd }} {{ 7.5 is even }} {{ '12' is upper }} {{ 'A1' is upper }}",
        "False False False True"
      },
      {
        "{{ 3|round }} {{ 2.25|round(1, 'floor') }} {{ 2.25|round(1, 'ceil') }} {{ true|abs }}",
        "3 2.2 2.3 1"
      },
      {
        "{{ ['a', 'A', 'b']|unique|list }} {{ people|unique(attribute='age')|list|length }}",
        "['a', 'b'] 2"
      },
      {
        "{{ people|sum(attribute='age') }} {{ 'ff'|int(base=16) }} {{ 2 * 'ab' }} {{ [1] * 2 }}",
        "61 255 abab [1, 1]"
      },
      {
        "{{ (1, 2) }} {{ (1,) }} {{ {'a': 1}|dictsort }} {{ (1, 2) == [1, 2] }}",
        "(1, 2) (1,) [('a', 1)] False"
      },
      {"{{ \"it's a-b (c\"|title }}", "It's A-B (C"},
      {"{% macro m(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ m(*[1, 2]) }}{{ m(3, *[4]) }}", "1234"},
      {"{{ {'a': 2}|attr('b') }}{{ 'a1'.isalnum() }}", "True"},
      {"{{ [1, 2]|tojson(separators=(',', ':')) }}", "[1,2]"},
      {"{{ 1 == 1.0 }} {{ 'a' == 'a' }} {{ [1] == [1] }}", "True True True"},
      {"{{ (1, 2)[1] }} {{ {'a': {'b': 2}}.a['b'] }} {{ items[-1] }}", "2 2 c"},
      {
        "{{ 'hällo'[::-1] }} {{ items[1:] }} {{ items[::-1] }} {{ 'abc'[:-1] }} {{ items[5:] }}",
        "olläh ['b', 'c'] ['c', 'b', 'a'] ab []"
      },
      {
        "{% for i in items if i != 'b' %}{{ loop.index }}{{ i }}{% if not loop.last %},{% endif"
            + " %}{% else %}none{% endfor %}",
        "1a,2c"
      },
      {"{% for i in [] %}x{% else %}none{% endfor %}", "none"},
      {
        "{% for k, v in map.items() %}{{ k }}={{ v }};{% endfor %}{% for k in map %}{{ k }}{%"
            + " endfor %}",
        "b=1;a=[True, None];ba"
      },
      {
        "{% for i in items %}{{ loop.previtem is defined }}{{ loop.nextitem }}{{"
            + " loop.cycle('x','y') }}{{ loop.revindex0 }}{% endfor %}",
        "Falsebx2Truecy1Truex0"
      },
      {
        "{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i > 4 %}{% break %}{%"
            + " endif %}{{ i }}{% endfor %}",
        "0134"
      },
      {"{% set x = 1 %}{% for i in items %}{% set x = 2 %}{% endfor %}{{ x }}", "1"},
      {
        "{% set ns = namespace(a=1, b='x') %}{% for i in items %}{% set ns.a = ns.a + 1 %}{% endfor"
            + " %}{{ ns.a }}{{ ns.b }}",
        "4x"
      },
      {"{% if true %}{% set y = 3 %}{% endif %}{{ y }}", "3"},
      {"{% set a, b = 1, 2 %}{{ a }}{{ b }}", "12"},
      {"{% set t | trim | upper %} hi {% endset %}[{{ t }}]", "[HI]"},
      {
        "{% macro m(a, b='B', c=none) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, c=2)"
            + " }}",
        "1BNone 1B2"
      },
      {
        "{% macro m(x) %}<{{ caller(x) }}>{% endmacro %}{% call(v) m('q') %}{{ v }}!{% endcall %}",
        "<q!>"
      },
      {
        "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
        "3210"
      },
      {"{% filter upper %}a{{ 'b' }}{% endfilter %}", "AB"},
      {"{% with z = 5 %}{{ z }}{% endwith %}{{ z }}", "5"},
      {"{% if items[0] == 'z' %}1{% elif items %}2{% else %}3{% endif %}", "2"},
      {
        "{{ ' a b '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'a\\n"
            + "\\n"
            + "'.rstrip('\\n"
            + "') }}|{{ '\\n"
            + "a'.lstrip('\\n"
            + "') }}",
        "a b|a|a|a"
      },
      {
        "{{ 'a,b,c'.split(',')[-1] }} {{ 'a  b'.split() }} {{ 'a,b,c'.split(',', 1) }} {{"
            + " 'a,b,c'.rsplit(',', 1) }}",
        "c ['a', 'b'] ['a', 'b,c'] ['a,b', 'c']"
      },
      {
        "{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith(('x','c')) }} {{ 'abc'.find('c') }} {{"
            + " 'aXa'.replace('a', 'b', 1) }}",
        "True True 2 bXa"
      },
      {
        "{{ 'hello world'.title() }} {{ 'hELLO'.capitalize() }} {{ 'a'.upper() }} {{"
            + " ','.join(items) }}",
        "Hello World Hello A a,b,c"
      },
      {
        "{{ map.get('a') }} {{ map.get('q', 7) }} {{ map.keys()|list }} {{ map.values()|list }}",
        "[True, None] 7 ['b', 'a'] [1, [True, None]]"
      },
      {"{{ items.index('b') }} {{ items.count('b') }}", "1 1"},
      {
        "{{ map|tojson }} {{ [1.5, 'ü<>&\\'', none, true]|tojson }}",
        "{\"b\": 1, \"a\": [true, null]} [1.5, \"ü<>&'\", null, true]"
      },
      {"{{ map|tojson(indent=2) }}", "{\n  \"b\": 1,\n  \"a\": [\n    true,\n    null\n  ]\n}"},
      {"{{ map|tojson(separators=(',', ':')) }}", "{\"b\":1,\"a\":[true,null]}"},
      {"{{ nothing|default('d') }} {{ ''|default('d', true) }} {{ ''|d('x') }}", "d d "},
      {"{{ people|selectattr('age', 'gt', 30)|map(attribute='name')|join(', ') }}", "B"},
      {
        "{{ people|rejectattr('age', 'equalto', 30)|list|length }} {{"
            + " people|selectattr('nick')|list|length }} {{ people|selectattr('nick',"
            + " 'undefined')|list|length }}",
        "1 1 1"
      },
      {
        "{{ items|map('upper')|join }} {{ items|select('equalto', 'a')|list }} {{ [0,1]|reject|list"
            + " }}",
        "ABC ['a'] [0]"
      },
      {
        "{% for k, v in map|items %}{{ k }}{% endfor %} {% for k, v in map|dictsort %}{{ k }}{%"
            + " endfor %} {{ items|first }}{{ items|last }} {{ items|reverse|list }}",
        "ba ab ac ['c', 'b', 'a']"
      },
      {
        "{{ ['b','A']|sort }} {{ [3,1]|sort(reverse=true) }} {{ [1,1,2]|unique|list }} {{ [1,2]|sum"
            + " }} {{ [1,2]|max }}",
        "['A', 'b'] [3, 1] [1, 2] 3 2"
      },
      {"{{ 'a\\nb'|indent(2) }} {{ 'a\\nb'|indent(2, true) }}", "a\n  b   a\n  b"},
      {
        "{{ '3'|int + 1 }} {{ 'x'|int }} {{ '1.5'|float }} {{ 2.567|round(1) }} {{ -3|abs }}",
        "4 0 1.5 2.6 3"
      },
      {"{{ '<'|e }}{{ '<'|safe }} {{ 5|string ~ '!' }}", "&lt;< 5!"},
      {
        "{{ 'a' is string }} {{ map is mapping }} {{ items is sequence }} {{ items is iterable }}"
            + " {{ 1 is number }} {{ none is none }} {{ true is boolean }} {{ 3 is odd }} {{ 4 is"
            + " divisibleby 2 }} {{ x is not defined }} {{ 1 is eq 1 }} {{ 'a' is in ['a'] }} {{"
            + " true is true }} {{ 1 is sameas 1 }}",
        "True True True True True True True True True True True True True True"
      }
    };
  }

  @ParameterizedTest
  @MethodSource("templates")
  void template_rendered_isAsJinjaRendersIt(String template, String expected) {
    assertThat(render(template)).isEqualTo(expected);
  }

  @Test
  void now_formatted_isAsPythonFormatsIt() {
    assertThat(render("{{ strftime_now('%d %b %Y, %A %-d %B, %H:%M %%') }}"))
        .isEqualTo("05 Mar 2026, Thursday 5 March, 12:04 %");
  }

  @Test
  void json_written_goesThroughTheHook() {
    assertThat(
            new JinjaTemplate("{{ 'a'|tojson }}{{ 'a' }}", () -> NOON)
                .render(VARIABLES, json -> json.replace('a', 'z')))
        .isEqualTo("\"z\"a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ 1",
        "{% if x %}",
        "{% for %}{% endfor %}",
        "{{ 'a }}",
        "{% include 'x' %}",
        "{% extends 'x' %}",
        "{% import 'x' as y %}",
        "{{ f(**a) }}",
        "{{ ^ }}",
        "{# x",
        "{% raw %}",
        "{% endif %}"
      })
  void template_thatCannotBeRead_isRefusedWithALine(String template) {
    assertThatExceptionOfType(JinjaException.class)
        .isThrownBy(() -> render("\n" + template))
        .withMessageContaining("line 2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ nothing.at.all }}",
        "{{ nothing + 1 }}",
        "{{ nothing() }}",
        "{{ 1 + 'a' }}",
        "{{ 1 // 0 }}",
        "{{ items|nosuch }}",
        "{{ items is nosuch }}",
        "{{ raise_exception('no') }}",
        "{{ items.append(1) }}",
        "{{ nothing|int }}",
        "{{ 1 / 0 }}",
        "{{ items|items }}",
        "{{ [nothing]|map(attribute='a')|list }}",
        "{{ 9223372036854775807 + 1 }}",
        "{% set items.x = 1 %}",
        "{{ range(1, 2, 0) }}"
      })
  void template_thatFails_saysSo(String template) {
    assertThatExceptionOfType(JinjaException.class).isThrownBy(() -> render(template));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ''.__class__ }}",
        "{{ items.getClass() }}",
        "{{ items.class.name }}",
        "{{ map.__init__.__globals__ }}",
        "{{ namespace.__code__ }}"
      })
  void template_thatReachesForItsHost_findsNothing(String template) {
    String found;
    try {
      found = render(template);
    } catch (JinjaException e) {
      found = "";
    }
    assertThat(found).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{%"
            + " endfor %}",
        "{{ 'a' * 99999999999 }}",
        "{{ ('a' * 1000000).replace('a', 'bbbbbbbbbbbbbbbbbbbbbbbb') }}",
        "{% for i in range(99999) %}{{ 'a' * 100000 }}{% endfor %}",
        "{% for i in range(99999) %}{% set x = 'a' * 1000000 %}{% endfor %}",
        "{{ range(99999)|unique|list }}",
        "{{ range(99999999) }}",
        "{{ [[1], [2]]|map('list')|sum(start=range(99999)|list)|length }}{{ 2 ** 99 }}"
      })
  void template_thatWouldNotEnd_isEnded(String template) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> assertThatExceptionOfType(JinjaException.class).isThrownBy(() -> render(template)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ '%s' % (1, 2) }}",
        "{{ '%s %s' % (1,) }}",
        "{{ '%y' % 1 }}",
        "{{ '%' % 1 }}",
        "{{ '{'.format(1) }}",
        "{{ '{}'.format() }}",
        "{{ '{:>9}'.format(1) }}",
        "{{ '%(a)s' % {'b': 1} }}",
        "{{ '%9999s' % 'a' }}",
      })
  void template_withAFormatThatDoesNotFit_isRefused(String template) {
    assertThatExceptionOfType(JinjaException.class)
        .isThrownBy(() -> render(template))
        .withMessageContaining("format");
  }

  @Test
  void template_nestedTooDeep_isRefused() {
    assertThatExceptionOfType(JinjaException.class)
        .isThrownBy(() -> render("{{ " + "(".repeat(10_000) + "1" + ")".repeat(10_000) + " }}"));
    assertThatExceptionOfType(JinjaException.class)
        .isThrownBy(() -> render("{% if 1 %}".repeat(10_000)));
    assertThatExceptionOfType(JinjaException.class)
        .isThrownBy(() -> render("{{ " + "- ".repeat(10_000) + "1 }}"));
    assertThatExceptionOfType(JinjaException.class)
        .isThrownBy(() -> render("{{ " + "not ".repeat(10_000) + "1 }}"));
  }

  @Property(tries = 3000)
  void template_ofAnyPieces_rendersOrIsRefused(@ForAll("pieces") String template) {
    String result;
    try {
      result = render(template);
    } catch (JinjaException e) {
      result = e.getMessage();
    }
    assertThat(result).isNotNull();
  }

  @Provide
  Arbitrary<String> pieces() {
    return Arbitraries.of(
            "{{ ",
            " }}",
            "{% ",
            " %}",
            "{%- ",
            " -%}",
            "{# ",
            " #}",
            "if ",
            "else",
            "endif",
            "for i in ",
            "endfor",
            "set x = ",
            "items",
            "map",
            "x",
            "i",
            "loop",
            ".",
            "[",
            "]",
            "(",
            ")",
            "{",
            "}",
            "|",
            "tojson",
            "length",
            "join",
            "list",
            "is ",
            "not ",
            "string",
            "in ",
            "+",
            "-",
            "*",
            "~",
            "==",
            "1",
            "-1",
            "'a'",
            "\"",
            "'",
            ":",
            ",",
            "=",
            "\n",
            " ",
            "é",
            "macro m(a)",
            "endmacro",
            "m(1)",
            "none",
            "items[",
            "1:]",
            ".split('a')",
            "raw",
            "endraw",
            "namespace(a=1)",
            "and ",
            "or ",
            "{{ items|",
            "{{ x ",
            "{% if x %}",
            "{% endif %}",
            "{{ items[0] }}",
            "{% for i in items %}",
            "{% endfor %}",
            "{{ i }}")
        .list()
        .ofMaxSize(14)
        .map(parts -> String.join("", parts));
  }

  /** A list that holds another twice, which holds another twice, and so on. */
  private static final String DOUBLED =
      "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(40) %}"
          + "{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}";

  private static final String MANY = "{% for i in range(100000) %}";
  private static final String LONG = "{% set s = 'x' * 8000000 %}";

  @ParameterizedTest
  @ValueSource(
      strings = {
        DOUBLED + "{{ ns.a }}",
        DOUBLED + "{{ ns.a | tojson }}",
        DOUBLED + "{{ ns.a == ns.b }}",
        DOUBLED + "{{ {ns.a: 1} }}",
        DOUBLED + "{{ ns.a in {} }}",
        MANY + "{% if -1 in range(100000) %}{% endif %}{% endfor %}",
        LONG + MANY + "{% if s.count('y') %}{% endif %}{% endfor %}",
        LONG + MANY + "{% if s | length == 1 %}{% endif %}{% endfor %}",
        LONG + MANY + "{% if s[i] == 'y' %}{% endif %}{% endfor %}",
        LONG + "{{ s.find('x' * 4000000 ~ 'y') }}",
        "{% set ns = namespace(a=[1]) %}" + MANY + "{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}",
      })
  void templateThatGrowsWithoutBounds_isStopped(String template) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> assertThatExceptionOfType(JinjaException.class).isThrownBy(() -> render(template)));
  }

  @Test
  void templateOfAVeryLongSum_isRefused() {
    String template = "{{ 1" + "+1".repeat(100_000) + " }}";

    assertThatExceptionOfType(JinjaException.class)
        .isThrownBy(() -> render(template))
        .withMessageContaining("too deep");
  }

  @Test
  void numberOfManyDigits_isWrittenShort() {
    String written =
        new JinjaTemplate("{{ n }}", () -> NOON)
            .render(Json.object("{\"n\": 1e999999999}"), UnaryOperator.identity());

    assertThat(written).isEqualTo("1E+999999999");
  }
}
