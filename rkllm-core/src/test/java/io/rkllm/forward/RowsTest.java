package io.rkllm.forward;

import static java.nio.channels.FileChannel.MapMode.READ_ONLY;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Compares computations on logits and hidden states with straightforward implementations. */
class RowsTest {

  private static Logits logits(int vocabulary, float... values) {
    return new Logits(MemorySegment.ofArray(values), values.length / vocabulary, vocabulary);
  }

  private static float[] floats(List<? extends Number> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i).floatValue();
    }
    return floats;
  }

  @Property
  void logProbability_isTheLogarithmOfTheSoftmax(
      @ForAll @Size(min = 1, max = 30) List<@FloatRange(min = -40, max = 40) Float> values,
      @ForAll @IntRange(max = 1000) int choice) {
    float[] row = floats(values);
    int token = choice % row.length;
    double sum = 0;
    for (float value : row) {
      sum += Math.exp(value);
    }

    assertThat(logits(row.length, row).logProbability(0, token))
        .isCloseTo(row[token] - Math.log(sum), within(1e-9));
  }

  @Property
  void logProbability_ofAllTokens_sumsToOne_howeverLargeTheLogits(
      @ForAll @Size(min = 1, max = 30) List<@FloatRange(min = -1e30f, max = 1e30f) Float> values) {
    Logits logits = logits(values.size(), floats(values));

    double sum = 0;
    for (int token = 0; token < values.size(); token++) {
      sum += Math.exp(logits.logProbability(0, token));
    }
    assertThat(sum).isCloseTo(1, within(1e-6));
  }

  @Property
  void argmax_isTheFirstOfTheHighest(
      @ForAll @Size(min = 1, max = 30) List<@IntRange(min = -3, max = 3) Integer> values) {
    int highest = values.stream().mapToInt(Integer::intValue).max().orElseThrow();

    assertThat(logits(values.size(), floats(values)).argmax(0)).isEqualTo(values.indexOf(highest));
  }

  /** Rows that are wide enough to be read in several pieces, of which the last is short. */
  @Property(tries = 200)
  void wideRows_agreeWithAPlainComputation_whereverTheyAre(
      @ForAll @IntRange(min = 1, max = 3000) int width,
      @ForAll @FloatRange(min = 0.25f, max = 800) float spread,
      @ForAll Random random) {
    float[] row = new float[width];
    for (int i = 0; i < width; i++) {
      row[i] =
          Math.round(random.nextFloat(-spread, spread) * 4) / 4f; // so that some values are equal
    }
    int best = 0;
    for (int i = 1; i < width; i++) {
      best = row[i] > row[best] ? i : best;
    }
    double sum = 0;
    for (float value : row) {
      sum += Math.exp((double) value - row[best]);
    }
    int token = random.nextInt(width);
    double expected = (double) row[token] - row[best] - Math.log(sum);

    try (Arena arena = Arena.ofConfined()) {
      MemorySegment outside = arena.allocateFrom(ValueLayout.JAVA_FLOAT, row);
      for (Logits logits : List.of(logits(width, row), new Logits(outside, 1, width))) {
        assertThat(logits.argmax(0)).isEqualTo(best);
        assertThat(logits.logProbability(0, token)).isCloseTo(expected, within(1e-9));
      }
    }
  }

  @Property(tries = 100)
  void nan_isLowerThanAll_andLeavesNoProbabilities(
      @ForAll @IntRange(min = 2, max = 2000) int width, @ForAll Random random) {
    float[] row = new float[width];
    Arrays.fill(row, Float.NaN);
    int number = random.nextInt(width);
    row[number] = -1e30f;

    assertThat(logits(width, row).argmax(0)).isEqualTo(number);
    assertThat(logits(width, row).logProbability(0, number)).isNaN();
  }

  @Example
  void argmax_ofRowsWithoutANumber_isTheFirst() {
    for (float value : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY}) {
      float[] row = new float[700];
      Arrays.fill(row, value);
      assertThat(logits(700, row).argmax(0)).isZero();
    }
    assertThat(logits(3, -1, -0f, 0).argmax(0)).isEqualTo(1); // -0 and 0 are equal
  }

  /** The result is the same as if all other tokens were forbidden. */
  @Example
  void argmax_ofNanAndMinusInfinity_isMinusInfinity() {
    float[] row = {Float.NaN, Float.NEGATIVE_INFINITY, Float.NaN, Float.NEGATIVE_INFINITY};

    assertThat(logits(row.length, row).argmax(0)).isEqualTo(1);
  }

  @Example
  void copies_areReadBySeveralThreadsAtOnce() throws Exception {
    int width = 5000;
    float[] values = new float[64 * width];
    for (int row = 0; row < 64; row++) {
      values[row * width + 70 * row] = 20;
    }
    Logits logits = logits(width, values);
    double expected = logits.logProbability(0, 0);

    // Long enough that threads are suspended in the middle of a row, even on one processor.
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> reads = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        reads.add(threads.submit(() -> readAll(logits, expected)));
      }
      for (Future<?> read : reads) {
        read.get();
      }
    }
  }

  private static void readAll(Logits logits, double expected) {
    for (int i = 0; i < 200 * 64; i++) {
      int row = i % 64;
      assertThat(logits.argmax(row)).isEqualTo(70 * row);
      if (i % 8 == 0) {
        assertThat(logits.logProbability(row, 70 * row)).isCloseTo(expected, within(1e-12));
      }
    }
  }

  @Property
  void copy_anyPositions_holdsTheirRowsInTheirOrder(
      @ForAll @IntRange(min = 1, max = 6) int rows,
      @ForAll @IntRange(min = 1, max = 5) int width,
      @ForAll @Size(min = 1, max = 8) List<@IntRange(max = 5) Integer> wanted) {
    List<Integer> places = IntStream.range(0, rows * width).boxed().toList();
    int[] positions = wanted.stream().mapToInt(each -> each % rows).toArray();
    HiddenStates states = new HiddenStates(MemorySegment.ofArray(floats(places)), rows, width);

    HiddenStates copy = states.copy(Positions.of(positions));
    HiddenStates again = copy.copy(Positions.all());

    assertThat(copy.rows()).isEqualTo(positions.length);
    for (int row = 0; row < positions.length; row++) {
      assertThat(copy.position(row)).isEqualTo(again.position(row)).isEqualTo(positions[row]);
      assertThat(copy.row(row)).containsExactly(states.row(positions[row]));
      assertThat(again.row(row)).containsExactly(copy.row(row));
    }
  }

  /** Many logits that are small, but not negligible together. */
  @Example
  void logProbability_ofManySmallLogits_isPrecise() {
    float[] row = new float[150_000];
    row[3] = 10;
    double expected = -Math.log(1 + (row.length - 1) * Math.exp(-10));
    assertThat(logits(row.length, row).logProbability(0, 3)).isCloseTo(expected, within(1e-10));
  }

  @Example
  void embedding_ofHugeNumbers_hasLengthOne() {
    MemorySegment values = MemorySegment.ofArray(new float[] {3e30f, 4e30f});
    EmbedOptions normalized = EmbedOptions.builder().normalize(true).build();
    assertThat(new HiddenStates(values, 1, 2).embedding(normalized))
        .containsExactly(new float[] {0.6f, 0.8f}, within(1e-6f));
  }

  /** A row that begins beyond 2³¹ floats, in a file that consists of a hole and this row. */
  @Example
  void row_farBeyondTheSizeOfAnArray_isRead() throws IOException {
    int width = 1 << 20;
    int last = 2100;
    long begin = (long) last * width * Float.BYTES;
    Path file = Files.createTempFile("rows", ".bin");
    try (FileChannel channel = FileChannel.open(file, READ, WRITE);
        Arena arena = Arena.ofConfined()) {
      channel.write(ByteBuffer.allocate(width * Float.BYTES), begin);
      ByteBuffer value = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.nativeOrder());
      channel.write(value.putFloat(2).flip(), begin + 7L * Float.BYTES);
      MemorySegment values = channel.map(READ_ONLY, 0, channel.size(), arena);
      Logits logits = new Logits(values, last + 1, width);
      assertThat(logits.argmax(last)).isEqualTo(7);
      assertThat(logits.get(last, 7)).isEqualTo(2);
      assertThat(logits.copy(Positions.last()).row(0)[7]).isEqualTo(2);
    } finally {
      Files.delete(file);
    }
  }

  @Property
  void mean_isTheMeanOfEachColumn(
      @ForAll @IntRange(min = 1, max = 6) int rows,
      @ForAll @Size(12) List<@FloatRange(min = -100, max = 100) Float> numbers) {
    float[] values = Arrays.copyOf(floats(numbers), rows * 2);
    float[] mean = new HiddenStates(MemorySegment.ofArray(values), rows, 2).mean();

    assertThat(mean).hasSize(2);
    for (int column = 0; column < 2; column++) {
      double sum = 0;
      for (int row = 0; row < rows; row++) {
        sum += values[2 * row + column];
      }
      assertThat((double) mean[column]).isCloseTo(sum / rows, within(1e-4));
    }
  }

  @Example
  void rowsAndColumnsBeyondTheEnd_areRefused() {
    Logits logits = logits(2, 1, 2, 3, 4);

    assertThatThrownBy(() -> logits.get(2, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> logits.get(-1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> logits.get(0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> logits.logProbability(0, -1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> logits.row(2)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> logits.position(2)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> logits.argmax(2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Example
  void sizesThatDoNotAgree_areRefused() {
    MemorySegment four = MemorySegment.ofArray(new float[4]);

    assertThatThrownBy(() -> new Logits(four, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("2 rows of 3 floats need 24 bytes", "16");
    assertThatThrownBy(() -> new Logits(four, 4, 0)).hasMessageContaining("width");
    assertThatThrownBy(() -> new HiddenStates(four, -1, 4)).hasMessageContaining("tokens");
    assertThatThrownBy(() -> new Logits(four, Integer.MAX_VALUE, Integer.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Selects one row so often that the copy would be too large. Nothing is copied. */
  @Example
  void copyTooLargeForAnArray_namesTheOtherWays() {
    int width = 1 << 16;
    int[] often = new int[1 << 15];
    HiddenStates states = new HiddenStates(MemorySegment.ofArray(new float[width]), 1, width);

    assertThatThrownBy(() -> states.copy(Positions.of(often)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            often.length + " rows of " + width, "fewer positions", "read them in place");
  }

  @Example
  void positions_ofAShorterPrompt_areThoseThatThereAre() {
    assertThat(Positions.last(5).among(3)).containsExactly(0, 1, 2);
    assertThat(Positions.last(2).among(3)).containsExactly(1, 2);
    assertThat(Positions.all().among(2)).containsExactly(0, 1);
    int[] given = {1, 0};
    Positions chosen = Positions.of(given);
    given[0] = 9;
    assertThat(chosen.among(2)).containsExactly(1, 0);
  }

  @Example
  void message_statesTheSize() {
    assertThat(logits(2, 1, 2, 3, 4)).hasToString("logits of 2 positions × 2");
  }

  @Example
  void rows_ofAnArena_areReadByItsThreadAndWhileItIsOpenOnly() throws Exception {
    Logits logits;
    try (Arena arena = Arena.ofConfined()) {
      logits = new Logits(arena.allocate(8, 4), 1, 2);
      assertThat(logits.get(0, 1)).isZero();
      assertRefused(logits, "only on the thread");
    }
    assertRefused(logits, "these rows are no longer valid");
    assertThatThrownBy(() -> logits.get(0, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("these rows are no longer valid");
  }

  private static void assertRefused(Logits logits, String words) throws Exception {
    FutureTask<Float> read = new FutureTask<>(() -> logits.get(0, 0));
    Thread.ofPlatform().start(read).join();
    assertThatThrownBy(read::get)
        .cause()
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(words);
  }
}
