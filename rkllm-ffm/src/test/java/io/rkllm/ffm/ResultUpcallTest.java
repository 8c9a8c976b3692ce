package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.ffm.gen.v1_2.RKLLMPerfStat;
import io.rkllm.ffm.gen.v1_2.RKLLMResult;
import io.rkllm.ffm.gen.v1_2.RKLLMResultLastHiddenLayer;
import io.rkllm.ffm.gen.v1_2.RKLLMResultLogits;
import io.rkllm.forward.Logits;
import io.rkllm.spi.InferenceMode;
import io.rkllm.spi.RunPerformance;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ResultUpcallTest {
  private static final int NORMAL = 0;
  private static final int WAITING = 1;
  private static final int FINISH = 2;
  private static final int ERROR = 3;
  private static final int PAUSE = 1;
  private static final int RELEASE = 2;

  private final Arena arena = Arena.ofConfined();
  private ResultUpcall upcall = new ResultUpcall(1, 2, 4096);
  private final RecordingObserver observer = new RecordingObserver();

  @BeforeEach
  void listen() {
    upcall.begin(observer, InferenceMode.GENERATE, 1);
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
  void error_reportsItsMessageIfThereIsOne() {
    call(result("out of memory"), ERROR);
    assertThat(upcall.failure()).isEqualTo(ResultUpcall.Failure.WITH_MESSAGE);
    call(result(""), ERROR);
    call(result(null), ERROR);
    call(MemorySegment.NULL, ERROR);
    assertThat(upcall.failure()).isEqualTo(ResultUpcall.Failure.WITHOUT_MESSAGE);

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
  void unknownState_isAnError() {
    call(result("x"), 4);
    assertThat(observer.faults).singleElement().asString().contains("state 4");
  }

  @Test
  void callbackOutsideOfARun_isCounted() {
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
    assertThat(upcall.failure()).isEqualTo(ResultUpcall.Failure.WITHOUT_MESSAGE);
    upcall.begin(observer, InferenceMode.GENERATE, 1);
    assertThat(upcall.failure()).isEqualTo(ResultUpcall.Failure.NONE);
  }

  @Test
  void observerThatRequestsAPause_pausesTheRun() {
    RecordingObserver pausing = pausingAt(0);
    upcall.begin(pausing, InferenceMode.GENERATE, 1);

    assertThat(call(result("x"), NORMAL)).isEqualTo(PAUSE);
    assertThat(call(result("x"), WAITING)).isEqualTo(PAUSE);
    assertThat(call(result(null), FINISH)).isZero();
    assertThat(pausing.text()).isEqualTo("xx");
  }

  private static RecordingObserver pausingAt(int stopped) {
    return new RecordingObserver() {
      @Override
      public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
        super.onToken(member, tokenId, utf8, length);
        return member != stopped;
      }
    };
  }

  /** Returns an array of results; null stands for a member that has ended. */
  private MemorySegment batch(@Nullable String... texts) {
    MemorySegment results = RKLLMResult.allocateArray(texts.length, arena).fill((byte) 0);
    for (int i = 0; i < texts.length; i++) {
      MemorySegment one = RKLLMResult.asSlice(results, i);
      String text = texts[i];
      RKLLMResult.token_id(one, text == null ? -1 : 10 + i);
      RKLLMResult.text(one, text == null ? MemorySegment.NULL : arena.allocateFrom(text));
    }
    return results;
  }

  @Test
  void batch_reportsEachMembersToken() {
    upcall = new ResultUpcall(3, 2, 4096);
    upcall.begin(observer, InferenceMode.GENERATE, 1);

    assertThat(call(batch("a", "b", "c"), NORMAL)).isZero();
    assertThat(call(batch("d", null, "f"), WAITING)).isZero();
    assertThat(call(batch(null, null, "i"), NORMAL)).isZero();
    assertThat(call(batch("", "", ""), FINISH)).isZero();

    assertThat(observer.text(0)).isEqualTo("ad");
    assertThat(observer.text(1)).isEqualTo("b");
    assertThat(observer.text(2)).isEqualTo("cfi");
    assertThat(observer.ids).containsExactly(10, 11, 12, 10, 12, 12);
    assertThat(observer.ended).containsExactly(1, 0, 1);
    assertThat(observer.finishes).hasSize(1);
  }

  @Test
  void batch_oneMemberThatPauses_pausesAllAndLosesNoToken() {
    upcall = new ResultUpcall(3, 2, 4096);
    RecordingObserver pausing = pausingAt(1);
    upcall.begin(pausing, InferenceMode.GENERATE, 1);

    assertThat(call(batch("a", "b", "c"), NORMAL)).isEqualTo(PAUSE);
    assertThat(pausing.text(2)).isEqualTo("c");
    assertThat(call(batch("a", null, "c"), NORMAL)).isZero();
  }

  @Test
  void batch_faultOfOneMember_keepsNothingFromTheOthers() {
    upcall = new ResultUpcall(3, 2, 4096);
    RecordingObserver throwing =
        new RecordingObserver() {
          @Override
          public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
            if (member == 1) {
              throw new IllegalStateException("on purpose");
            }
            return super.onToken(member, tokenId, utf8, length);
          }
        };
    upcall.begin(throwing, InferenceMode.GENERATE, 1);

    assertThat(call(batch("a", "b", "c"), NORMAL)).isZero();
    assertThat(throwing.text(0) + throwing.text(2)).isEqualTo("ac");
    assertThat(throwing.faults).singleElement().asString().contains("on purpose");
  }

  /** Returns a result with both logits and hidden states, as no runtime does. */
  private MemorySegment output(MemorySegment values, int tokens, int width) {
    MemorySegment result = result(null);
    fill(result, values, tokens, width);
    return result;
  }

  private static void fill(MemorySegment result, MemorySegment values, int tokens, int width) {
    MemorySegment logits = RKLLMResult.logits(result);
    RKLLMResultLogits.logits(logits, values);
    RKLLMResultLogits.num_tokens(logits, tokens);
    RKLLMResultLogits.vocab_size(logits, width);
    MemorySegment hidden = RKLLMResult.last_hidden_layer(result);
    RKLLMResultLastHiddenLayer.hidden_states(hidden, values);
    RKLLMResultLastHiddenLayer.num_tokens(hidden, tokens);
    RKLLMResultLastHiddenLayer.embd_size(hidden, width);
  }

  @Test
  void logits_areShownInPlaceAndOnlyForAsLong() {
    MemorySegment values = arena.allocateFrom(JAVA_FLOAT, 1, 2, 3, 4, 5, 6);
    AtomicReference<Logits> late = new AtomicReference<>();
    upcall.begin(
        new RecordingObserver() {
          @Override
          public void onLogits(int member, Logits logits) {
            late.set(logits);
            super.onLogits(member, logits);
            observer.onLogits(member, logits);
          }
        },
        InferenceMode.LOGITS,
        1);

    assertThat(call(output(values, 2, 3), NORMAL)).isEqualTo(RELEASE);

    Logits seen = observer.logits.get(0);
    assertThat(seen.rows()).isEqualTo(2);
    assertThat(seen.vocabularySize()).isEqualTo(3);
    assertThat(seen.row(1)).containsExactly(4, 5, 6);
    assertThat(observer.hiddenStates).isEmpty();
    assertThat(late.get().segment().address()).isEqualTo(values.address());
    assertThat(late.get().segment().isReadOnly()).isTrue();
    assertThatThrownBy(() -> late.get().get(0, 0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> late.get().row(1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void hiddenStates_areShownForEachMember() {
    upcall = new ResultUpcall(2, 0, 4096);
    upcall.begin(observer, InferenceMode.LAST_HIDDEN_LAYER, 1);
    MemorySegment results = batch("", null);
    fill(RKLLMResult.asSlice(results, 0), arena.allocateFrom(JAVA_FLOAT, 1, 2), 1, 2);
    fill(RKLLMResult.asSlice(results, 1), arena.allocateFrom(JAVA_FLOAT, 3, 4, 5, 6), 2, 2);

    assertThat(call(results, NORMAL)).isZero();

    assertThat(observer.hiddenStates.get(0).row(0)).containsExactly(1, 2);
    assertThat(observer.hiddenStates.get(1).last()).containsExactly(5, 6);
    assertThat(observer.logits).isEmpty();
    assertThat(observer.lengths).isEmpty();
    assertThat(observer.ended).isEmpty();
  }

  @Test
  void outputOfImpossibleSize_isAnErrorAndNotAccessed() {
    record Size(long address, int tokens, int width) {}
    Size[] sizes = {
      new Size(64, -1, 3),
      new Size(64, 3, -1),
      new Size(64, -2, -3),
      new Size(64, Integer.MAX_VALUE, Integer.MAX_VALUE),
      new Size(64, 1 << 20, 1 << 15),
      new Size(66, 1, 1),
    };
    for (InferenceMode mode : List.of(InferenceMode.LOGITS, InferenceMode.LAST_HIDDEN_LAYER)) {
      for (Size size : sizes) {
        RecordingObserver hearing = new RecordingObserver();
        upcall.begin(hearing, mode, 1);
        MemorySegment values = MemorySegment.ofAddress(size.address());

        assertThat(call(output(values, size.tokens(), size.width()), NORMAL)).isEqualTo(RELEASE);
        assertThat(hearing.faults).singleElement().asString().contains("they were not read");
      }
    }
  }

  @Test
  void noOutput_isNotAnError() {
    for (InferenceMode mode : List.of(InferenceMode.LOGITS, InferenceMode.LAST_HIDDEN_LAYER)) {
      upcall.begin(observer, mode, 1);
      assertThat(call(output(MemorySegment.NULL, 0, 0), NORMAL)).isEqualTo(RELEASE);
      assertThat(call(output(MemorySegment.ofAddress(64), 4, 4), WAITING)).isZero();
    }
    assertThat(observer.faults).isEmpty();
    assertThat(observer.logits).isEmpty();
    assertThat(observer.hiddenStates).isEmpty();
  }

  @Test
  void outputThatIsThereInPartAlone_isAnError() {
    MemorySegment values = arena.allocate(64);
    for (InferenceMode mode : List.of(InferenceMode.LOGITS, InferenceMode.LAST_HIDDEN_LAYER)) {
      RecordingObserver hearing = new RecordingObserver();
      upcall.begin(hearing, mode, 1);
      assertThat(call(output(MemorySegment.NULL, 4, 4), NORMAL)).isEqualTo(RELEASE);
      assertThat(call(output(values, 0, 4), NORMAL)).isEqualTo(RELEASE);
      assertThat(call(output(values, 4, 0), NORMAL)).isEqualTo(RELEASE);
      assertThat(hearing.faults).hasSize(3);
      assertThat(hearing.logits).isEmpty();
      assertThat(hearing.hiddenStates).isEmpty();
    }
  }

  @Test
  void outputOfMoreRowsThanTheContext_isAnErrorAndNotAccessed() {
    upcall = new ResultUpcall(1, 2, 8);
    MemorySegment values = arena.allocate(9 * 4 * 4);
    for (InferenceMode mode : List.of(InferenceMode.LOGITS, InferenceMode.LAST_HIDDEN_LAYER)) {
      RecordingObserver hearing = new RecordingObserver();
      upcall.begin(hearing, mode, 1);
      call(output(values, 8, 4), NORMAL);
      assertThat(hearing.faults).isEmpty();
      call(output(values, 9, 4), NORMAL);
      assertThat(hearing.faults)
          .singleElement()
          .asString()
          .contains("9 tokens × 4")
          .contains("limited to 8 tokens");
    }
  }

  @Test
  void outputOfAnotherWidthThanBefore_isAnErrorAndNotAccessed() {
    MemorySegment values = arena.allocate(64);
    for (InferenceMode mode : List.of(InferenceMode.LOGITS, InferenceMode.LAST_HIDDEN_LAYER)) {
      upcall.begin(observer, mode, 1);
      call(output(values, 2, 4), NORMAL);
      upcall.end();
      RecordingObserver hearing = new RecordingObserver();
      upcall.begin(hearing, mode, 2);
      call(output(values, 2, 5), NORMAL);
      assertThat(hearing.faults).singleElement().asString().contains("had 4 floats");
      call(output(values, 3, 4), NORMAL);
      assertThat(hearing.faults).hasSize(1);
    }
    assertThat(observer.faults).isEmpty();
  }

  @Test
  void addressThatCannotBe_isAnErrorAndNotRead() {
    for (long address : new long[] {1, 64, 4095, -8, result("x").address() + 4}) {
      RecordingObserver hearing = new RecordingObserver();
      upcall.begin(hearing, InferenceMode.GENERATE, 1);
      for (int state : new int[] {NORMAL, WAITING, FINISH, ERROR}) {
        assertThat(upcall.onResult(address, 1, state)).isZero();
      }
      assertThat(hearing.faults).hasSize(4);
      assertThat(hearing.faults.getFirst()).hasMessageContaining("invalid address");
    }
    for (long address : new long[] {1, 4095, -1}) {
      MemorySegment result = result(null);
      RKLLMResult.text(result, MemorySegment.ofAddress(address));
      RecordingObserver hearing = new RecordingObserver();
      upcall.begin(hearing, InferenceMode.GENERATE, 1);
      assertThat(call(result, NORMAL)).isZero();
      assertThat(call(result, ERROR)).isZero();
      assertThat(hearing.faults).hasSize(2);
      assertThat(hearing.faults.getFirst()).hasMessageContaining("text of a token");
    }
  }

  @Test
  void readerThatThrows_isReportedAndTheBufferReleased() {
    RecordingObserver throwing =
        new RecordingObserver() {
          @Override
          public void onLogits(int member, Logits logits) {
            throw new AssertionError("on purpose");
          }
        };
    upcall.begin(throwing, InferenceMode.LOGITS, 1);

    assertThat(call(output(arena.allocate(16), 1, 4), NORMAL)).isEqualTo(RELEASE);
    assertThat(throwing.faults).singleElement().isInstanceOf(AssertionError.class);
  }

  @Test
  void faultOfAnotherCallback_reachesTheRunOrIsKept() {
    upcall.fail(new IllegalStateException("in a run"));
    assertThat(observer.faults).singleElement().asString().contains("in a run");
    assertThat(upcall.takeStrayFailure()).isNull();

    upcall.end();
    upcall.fail(new IllegalStateException("outside"));
    assertThat(observer.faults).hasSize(1);
    assertThat(upcall.takeStrayFailure()).hasMessage("outside");
    assertThat(upcall.takeStrayFailure()).isNull();
  }

  /** The heap may be full when a second thread calls back. */
  @Test
  void collision_thatCouldNotBeReported_isReportedAtTheEnd_andNotToTheNextRun() {
    for (int failures = 1; failures <= 2; failures++) {
      int[] left = {failures};
      RecordingObserver colliding =
          new RecordingObserver() {
            @Override
            public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
              call(result("second"), NORMAL); // as if on another thread
              return super.onToken(member, tokenId, utf8, length);
            }

            @Override
            public void onCallbackFailure(Throwable thrown) {
              if (left[0]-- > 0) {
                throw new OutOfMemoryError("planted");
              }
              super.onCallbackFailure(thrown);
            }
          };
      upcall.begin(colliding, InferenceMode.GENERATE, 2);
      call(result("first"), NORMAL);
      assertThat(colliding.text()).isEqualTo("first");
      assertThat(colliding.faults).isEmpty();
      upcall.end();
      assertThat(colliding.faults).hasSize(2 - failures);

      upcall.begin(observer, InferenceMode.GENERATE, 3);
      call(result("next"), NORMAL);
      assertThat(observer.faults).isEmpty();
      upcall.end();
    }
  }
}
