package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.input.EmbeddingLookup;
import io.rkllm.spi.InferenceMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EmbeddingUpcallTest {
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment tokens = arena.allocateFrom(JAVA_INT, 4, 9);
  private final MemorySegment rows = arena.allocate(JAVA_FLOAT, 6);
  private final RecordingObserver observer = new RecordingObserver();

  @AfterEach
  void free() {
    arena.close();
  }

  private int call(EmbeddingLookup lookup, long count, long bytes) {
    ResultUpcall run = new ResultUpcall(1, 0, 4096);
    run.begin(observer, InferenceMode.GENERATE, 1);
    return new EmbeddingUpcall(lookup, run, 4096)
        .onTokens(0, tokens.address(), count, rows.address(), bytes);
  }

  @Test
  void rows_areWrittenInPlace() {
    EmbeddingLookup lookup =
        (ids, target) -> {
          for (int id : ids) {
            target.put(new float[] {id, id + 0.25f, id + 0.5f});
          }
        };

    assertThat(call(lookup, 2, 24)).isZero();
    assertThat(rows.toArray(JAVA_FLOAT)).containsExactly(4, 4.25f, 4.5f, 9, 9.25f, 9.5f);
    assertThat(observer.faults).isEmpty();
  }

  @Test
  void lateWrite_throws() {
    AtomicReference<FloatBuffer> late = new AtomicReference<>();
    EmbeddingLookup lookup =
        (ids, target) -> {
          late.set(target);
          target.put(new float[6]);
        };

    assertThat(call(lookup, 2, 24)).isZero();
    assertThatThrownBy(() -> late.get().put(0, 1)).isInstanceOf(IllegalStateException.class);
    assertThat(rows.toArray(JAVA_FLOAT)).containsOnly(0);
  }

  @Test
  void rowsThatAreNotFilled_areAnError() {
    assertThat(call((ids, target) -> target.put(new float[4]), 2, 24)).isPositive();
    assertThat(observer.faults)
        .singleElement()
        .asString()
        .contains("float 1 of row 1 (token 9)")
        .contains("2 rows of 3 floats");
  }

  @Test
  void whateverIsThrown_failsTheCallAndReachesTheRun() {
    assertThat(call((ids, target) -> target.put(new float[7]), 2, 24)).isPositive();
    OutOfMemoryError error = new OutOfMemoryError("on purpose");
    EmbeddingLookup throwing =
        (ids, target) -> {
          throw error;
        };
    assertThat(call(throwing, 2, 24)).isPositive();

    assertThat(observer.faults).hasSize(2).contains(error);
  }

  @Test
  void sizesThatDoNotFit_areErrorsAndNotAccessed() {
    EmbeddingLookup lookup = (ids, target) -> target.put(new float[target.capacity()]);
    long[][] sizes = {
      {0, 24}, {-1, 24}, {2, 23}, {2, 12}, {2, 0}, {2, -8}, {1L << 40, 24}, {2, 1L << 40}
    };
    rows.fill((byte) 1);
    for (long[] size : sizes) {
      assertThat(call(lookup, size[0], size[1])).isPositive();
    }

    assertThat(observer.faults).hasSize(sizes.length);
    assertThat(observer.faults.getFirst()).hasMessageContaining("embeddings of 0 tokens");
    assertThat(observer.faults).allSatisfy(f -> assertThat(f).hasMessageContaining("is invalid"));
    assertThat(rows.get(JAVA_FLOAT, 0)).isNotZero();
    ResultUpcall run = new ResultUpcall(1, 0, 4096);
    run.begin(observer, InferenceMode.GENERATE, 1);
    EmbeddingUpcall upcall = new EmbeddingUpcall(lookup, run, 4096);
    assertThat(upcall.onTokens(0, 0, 2, rows.address(), 24)).isPositive();
    assertThat(upcall.onTokens(0, tokens.address(), 2, 0, 24)).isPositive();
  }

  @Test
  void moreTokensThanTheContext_areAnErrorAndNotAccessed() {
    ResultUpcall run = new ResultUpcall(1, 0, 4096);
    run.begin(observer, InferenceMode.GENERATE, 1);
    EmbeddingLookup lookup = (ids, target) -> target.put(new float[target.capacity()]);
    EmbeddingUpcall upcall = new EmbeddingUpcall(lookup, run, 1);

    assertThat(upcall.onTokens(0, tokens.address(), 2, rows.address(), 24)).isPositive();
    assertThat(upcall.onTokens(0, tokens.address(), 1, rows.address(), 12)).isZero();
    assertThat(observer.faults).singleElement().asString().contains("embeddings of 2 tokens");
  }

  @Test
  void anotherWidthThanBefore_isAnErrorAndNotAccessed() {
    ResultUpcall run = new ResultUpcall(1, 0, 4096);
    run.begin(observer, InferenceMode.GENERATE, 1);
    EmbeddingLookup lookup = (ids, target) -> target.put(new float[target.capacity()]);
    EmbeddingUpcall upcall = new EmbeddingUpcall(lookup, run, 4096);

    assertThat(upcall.onTokens(0, tokens.address(), 1, rows.address(), 8)).isZero();
    rows.fill((byte) 1);
    assertThat(upcall.onTokens(0, tokens.address(), 2, rows.address(), 24)).isPositive();
    assertThat(rows.get(JAVA_FLOAT, 0)).isNotZero();
    assertThat(upcall.onTokens(0, tokens.address(), 2, rows.address(), 16)).isZero();
    assertThat(observer.faults).hasSize(1);
  }

  @Test
  void negativeTokenId_isAnError() {
    tokens.setAtIndex(JAVA_INT, 1, -3);
    assertThat(call((ids, target) -> target.put(new float[6]), 2, 24)).isPositive();
    assertThat(observer.faults).singleElement().asString().contains("token -3 at index 1");
  }
}
