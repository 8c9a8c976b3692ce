package io.rkllm.ffm;

import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Remembers what it hears. */
class RecordingObserver implements RunObserver {
  final List<Integer> lengths = new CopyOnWriteArrayList<>();
  final List<RunPerformance> finishes = new CopyOnWriteArrayList<>();
  final List<Optional<String>> errors = new CopyOnWriteArrayList<>();
  final List<Throwable> faults = new CopyOnWriteArrayList<>();
  final CountDownLatch firstToken = new CountDownLatch(1);
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  @Override
  public void onToken(int tokenId, byte[] utf8, int length) {
    bytes.write(utf8, 0, length);
    lengths.add(length);
    firstToken.countDown();
  }

  @Override
  public void onFinish(RunPerformance performance) {
    finishes.add(performance);
  }

  @Override
  public void onError(@Nullable String message) {
    errors.add(Optional.ofNullable(message));
  }

  @Override
  public void onFault(Throwable thrown) {
    faults.add(thrown);
  }

  /** All bytes so far. */
  String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
