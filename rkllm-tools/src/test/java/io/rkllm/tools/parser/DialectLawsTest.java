package io.rkllm.tools.parser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.chat.ToolCall;
import io.rkllm.test.dialect.DialectLaws;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The published laws, for our dialects and for those of applications. */
class DialectLawsTest {
  /** They cannot tell their own tags in a string. */
  static final Set<Dialect> WRITE_STRINGS_AS_THEY_ARE =
      Set.of(Dialects.QWEN_CODER, Dialects.GLM, Dialects.MINIMAX);

  private static final int TRIES = 1_000;

  static Stream<Dialect> dialects() {
    return Stream.concat(Dialects.all().stream(), Stream.of(Dialects.DETECTED));
  }

  @ParameterizedTest
  @MethodSource("dialects")
  void check_dialectOfThisLibrary_keepsTheLaws(Dialect dialect) {
    DialectLaws laws = DialectLaws.of(dialect);
    boolean plainText = WRITE_STRINGS_AS_THEY_ARE.contains(dialect);

    (plainText ? laws.withoutTagsInStrings() : laws).check(TRIES);
  }

  /** A dialect as an application would write it. */
  static final class ArrowDialect extends Dialect {
    private final boolean forgetful;

    ArrowDialect(boolean forgetful) {
      super("arrow", List.of(CallForm.behind("==>", CallSyntax.JSON).closedBy("<~~")));
      this.forgetful = forgetful;
    }

    @Override
    public String render(List<ToolCall> calls) {
      return calls.stream()
          .map(
              call ->
                  "==>{\"name\": \"%s\", \"arguments\": %s}%s"
                      .formatted(call.name(), call.arguments(), forgetful ? "" : "<~~"))
          .collect(Collectors.joining());
    }
  }

  @Test
  void check_dialectOfAnApplication_keepsTheLaws() {
    DialectLaws.of(new ArrowDialect(false)).check(TRIES);
  }

  @Test
  void check_dialectThatForgetsItsCloser_violatesThem() {
    assertThatThrownBy(() -> DialectLaws.of(new ArrowDialect(true)).withSeed(1).check(TRIES))
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll("Dialect arrow, seed 1", "what it renders needs no repair", "==>");
  }

  /** {@code ACTION name args} to the end of the line, which no syntax of ours reads. */
  static final class LineDialect extends Dialect {
    LineDialect() {
      super(
          "line",
          List.of(CallForm.behind("ACTION ", CallSyntax.text(LineDialect::read)).closedBy("\n")));
    }

    private static CallSyntax.ParsedCall read(String line) {
      int blank = line.indexOf(' ');
      if (blank < 0) {
        throw new IllegalArgumentException("it has no arguments");
      }
      return new CallSyntax.ParsedCall(line.substring(0, blank), line.substring(blank + 1));
    }

    @Override
    public String render(List<ToolCall> calls) {
      return calls.stream()
          .map(call -> "ACTION " + call.name() + " " + call.arguments().replace('\n', ' ') + "\n")
          .collect(Collectors.joining());
    }
  }

  @Test
  void check_syntaxOfAnApplication_keepsTheLaws() {
    DialectLaws.of(new LineDialect()).check(TRIES);
  }

  @Test
  void forModel_dialectOfAService_isFound() {
    assertThat(Dialects.forModel("Served-Model-1B.rkllm")).hasToString("served");
    assertThat(Dialects.all()).anyMatch(dialect -> dialect.name().equals("served"));
  }
}
