package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.input.Tokenizer;
import io.rkllm.spi.InferenceMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TokenizerUpcallTest {
  private static final int ROOM = 8;
  private static final int UNTOUCHED = 77;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment tokens =
      arena.allocateFrom(JAVA_INT, UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED);
  private final RecordingObserver observer = new RecordingObserver();

  @AfterEach
  void free() {
    arena.close();
  }

  private int call(Tokenizer tokenizer, byte[] text, int room) {
    ResultUpcall run = new ResultUpcall(1, 0, 4096);
    run.begin(observer, InferenceMode.GENERATE, 1);
    MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, text);
    return new TokenizerUpcall(tokenizer, run)
        .onText(0, bytes.address(), text.length, tokens.address(), room);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void text_isReadByLengthAndIdsAreWritten() {
    List<String> asked = new ArrayList<>();
    Tokenizer tokenizer =
        text -> {
          asked.add(text);
          return new int[] {3, 0, 5};
        };

    assertThat(call(tokenizer, utf8("Grüße\0🦀"), ROOM)).isEqualTo(3);
    assertThat(asked).containsExactly("Grüße\0🦀");
    assertThat(tokens.toArray(JAVA_INT)).containsExactly(3, 0, 5, UNTOUCHED);
    assertThat(call(_ -> new int[0], new byte[0], ROOM)).isZero();
    assertThat(observer.faults).isEmpty();
  }

  @Test
  void malformedText_becomesReplacementCharacters() {
    List<String> asked = new ArrayList<>();
    call(
        text -> {
          asked.add(text);
          return new int[] {1};
        },
        new byte[] {'a', (byte) 0xe4, (byte) 0xb8, 'b', (byte) 0xff},
        ROOM);

    assertThat(asked).containsExactly("a\ufffdb\ufffd");
  }

  @Test
  void asManyIdsAsFit_areAccepted_oneMoreIsAnError() {
    assertThat(call(_ -> new int[] {1, 2}, utf8("x"), 2)).isEqualTo(2);
    assertThat(observer.faults).isEmpty();

    assertThat(call(_ -> new int[] {4, 5, 6}, utf8("x"), 2)).isNegative();
    assertThat(tokens.toArray(JAVA_INT)).startsWith(1, 2, UNTOUCHED);
    assertThat(observer.faults)
        .singleElement()
        .asString()
        .contains("returned 3 tokens")
        .contains("the runtime accepts 2");
  }

  @Test
  void negativeIdOrNone_isAnError() {
    assertThat(call(_ -> new int[] {1, -5}, utf8("x"), ROOM)).isNegative();
    assertThat(observer.faults.getFirst()).hasMessageContaining("-5 at index 1");
    assertThat(call(noIds(), utf8("x"), ROOM)).isNegative();
    assertThat(observer.faults).hasSize(2);
  }

  @SuppressWarnings("NullAway") // a faulty implementation returns null
  private static Tokenizer noIds() {
    return _ -> null;
  }

  @Test
  void whateverIsThrown_failsTheCallAndReachesTheRun() {
    AssertionError error = new AssertionError("on purpose");
    assertThat(
            call(
                _ -> {
                  throw error;
                },
                utf8("x"),
                ROOM))
        .isNegative();
    assertThat(observer.faults).containsExactly(error);
  }

  @Test
  void impossibleSizes_areErrorsAndNotAccessed() {
    ResultUpcall run = new ResultUpcall(1, 0, 4096);
    run.begin(observer, InferenceMode.GENERATE, 1);
    TokenizerUpcall upcall = new TokenizerUpcall(_ -> new int[] {1}, run);
    long text = arena.allocateFrom("x").address();

    assertThat(upcall.onText(0, text, -1, tokens.address(), ROOM)).isNegative();
    assertThat(upcall.onText(0, text, 1, tokens.address(), -1)).isNegative();
    assertThat(upcall.onText(0, 0, 1, tokens.address(), ROOM)).isNegative();
    assertThat(upcall.onText(0, text, 1, 0, ROOM)).isNegative();
    assertThat(upcall.onText(0, 64, 1, tokens.address(), ROOM)).isNegative();
    assertThat(upcall.onText(0, text, 1, 64, ROOM)).isNegative();
    assertThat(upcall.onText(0, text, 1, tokens.address() + 2, ROOM)).isNegative();
    assertThat(upcall.onText(0, text, Integer.MAX_VALUE, tokens.address(), ROOM)).isNegative();
    assertThat(observer.faults)
        .hasSize(8)
        .allSatisfy(f -> assertThat(f).hasMessageContaining("which is invalid"));
    assertThat(upcall.onText(0, 0, 0, tokens.address(), ROOM)).isEqualTo(1);
  }
}
