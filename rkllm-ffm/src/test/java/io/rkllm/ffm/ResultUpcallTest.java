package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.rkllm.ffm.gen.v1_2.RKLLMPerfStat;
import io.rkllm.ffm.gen.v1_2.RKLLMResult;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.RunPerformance;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ResultUpcallTest {
  private static final int NORMAL = 0;
  private static final int WAITING = 1;
  private static final int FINISH = 2;
  private static final int ERROR = 3;

  private final Arena arena = Arena.ofConfined();
  private final ResultUpcall upcall = new ResultUpcall(1, 2);
  private final RecordingObserver observer = new RecordingObserver();

  @BeforeEach
  void listen() {
    upcall.begin(observer, InferenceMode.GENERATE);
  }

  @AfterEach
  void free() {
    arena.close();
  }

  private MemorySegment result(@Nullable String text) {
    MemorySegment result = RKLLMResult.allocate(arena).fill((byte) 0);
    RKLLMResult.token_id(result, 7);
    if (text != null) {
      RKLLMResult.text(result, arena.allocateFrom(text));
    }
    return result;
  }

  private int call(MemorySegment result, int state) {
    return upcall.onResult(result.address(), 0, state);
  }

  @Test
  void normalAndWaiting_areTokens() {
    assertThat(call(result("Grüße 🦀"), NORMAL)).isZero();
    assertThat(call(result("!"), WAITING)).isZero();
    assertThat(call(result(""), WAITING)).isZero();
    assertThat(call(result(null), NORMAL)).isZero();

    assertThat(observer.text()).isEqualTo("Grüße 🦀!");
    assertThat(observer.lengths).containsExactly(12, 1, 0, 0);
    assertThat(observer.faults).isEmpty();
  }

  @Test
  void longText_growsTheBuffer() {
    String text = "0123456789".repeat(20_000);
    call(result(text), NORMAL);
    call(result("end"), NORMAL);

    assertThat(observer.lengths).containsExactly(text.length(), 3);
    assertThat(observer.text().equals(text + "end")).isTrue();
  }

  @Test
  void textAtTheLimit_isTaken_oneByteMoreIsAFault() {
    MemorySegment longest = arena.allocate((1 << 20) + 2L).fill((byte) 'x');
    longest.set(JAVA_BYTE, 1 << 20, (byte) 0);
    MemorySegment result = result(null);
    RKLLMResult.text(result, longest);
    call(result, NORMAL);
    assertThat(observer.lengths).containsExactly(1 << 20);

    longest.set(JAVA_BYTE, 1 << 20, (byte) 'x');
    longest.set(JAVA_BYTE, (1 << 20) + 1L, (byte) 0);
    assertThat(call(result, NORMAL)).isZero();
    assertThat(observer.lengths).hasSize(1);
    assertThat(observer.faults).singleElement().asString().contains("more than 1048576 bytes");
  }

  @Test
  void finish_givesFigures() {
    MemorySegment result = result(null);
    MemorySegment perf = RKLLMResult.perf(result);
    RKLLMPerfStat.prefill_time_ms(perf, 1.5f);
    RKLLMPerfStat.prefill_tokens(perf, 2);
    RKLLMPerfStat.generate_time_ms(perf, 3.5f);
    RKLLMPerfStat.generate_tokens(perf, 4);
    RKLLMPerfStat.memory_usage_mb(perf, 5.5f);
    call(result, FINISH);

    assertThat(observer.finishes).containsExactly(new RunPerformance(1.5f, 2, 3.5f, 4, 5.5f));
  }

  @Test
  void error_givesItsWordsIfThereAreAny() {
    call(result("out of memory"), ERROR);
    assertThat(upcall.failure()).isEqualTo(ResultUpcall.Failure.WITH_WORDS);
    call(result(""), ERROR);
    call(result(null), ERROR);
    call(MemorySegment.NULL, ERROR);
    assertThat(upcall.failure()).isEqualTo(ResultUpcall.Failure.WITHOUT_WORDS);

    assertThat(observer.errors)
        .containsExactly(
            Optional.of("out of memory"), Optional.empty(), Optional.empty(), Optional.empty());
  }

  @Test
  void nullResult_isSurvivedInEveryState() {
    for (int state = -1; state < 6; state++) {
      assertThat(call(MemorySegment.NULL, state)).isZero();
    }
  }

  @Test
  void unknownState_isAFault() {
    call(result("x"), 4);
    assertThat(observer.faults).singleElement().asString().contains("state 4");
  }

  @Test
  void nobodyListens_isCounted() {
    upcall.end();
    assertThat(call(result("x"), NORMAL)).isZero();
    assertThat(call(result("x"), FINISH)).isZero();
    assertThat(upcall.strays()).isEqualTo(2);
    assertThat(observer.lengths).isEmpty();
  }

  @Test
  void failureOfAnEarlierRun_isForgotten() {
    call(result(null), ERROR);
    upcall.end();
    assertThat(upcall.failure()).isEqualTo(ResultUpcall.Failure.WITHOUT_WORDS);
    upcall.begin(observer, InferenceMode.GENERATE);
    assertThat(upcall.failure()).isEqualTo(ResultUpcall.Failure.NONE);
  }
}
