package io.rkllm.ffm;

import io.rkllm.forward.HiddenStates;
import io.rkllm.forward.Logits;
import io.rkllm.forward.Positions;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunPerformance;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Records the events of a run, and copies data that is valid only during a call. */
class RecordingObserver implements RunObserver {
  final List<Integer> lengths = new CopyOnWriteArrayList<>();
  final List<Integer> ids = new CopyOnWriteArrayList<>();
  final List<Integer> ended = new CopyOnWriteArrayList<>();
  final Map<Integer, Logits> logits = new ConcurrentHashMap<>();
  final Map<Integer, HiddenStates> hiddenStates = new ConcurrentHashMap<>();
  final List<RunPerformance> finishes = new CopyOnWriteArrayList<>();
  final List<Optional<String>> errors = new CopyOnWriteArrayList<>();
  final List<Throwable> faults = new CopyOnWriteArrayList<>();
  final CountDownLatch firstToken = new CountDownLatch(1);
  final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final Map<Integer, ByteArrayOutputStream> bytes = new ConcurrentSkipListMap<>();

  @Override
  public boolean onToken(int member, int tokenId, byte[] utf8, int length) {
    bytes.computeIfAbsent(member, _ -> new ByteArrayOutputStream()).write(utf8, 0, length);
    lengths.add(length);
    ids.add(tokenId);
    threads.add(Thread.currentThread());
    firstToken.countDown();
    return true;
  }

  @Override
  public void onMemberEnd(int member) {
    ended.add(member);
  }

  @Override
  public void onLogits(int member, Logits values) {
    logits.put(member, values.copy(Positions.all()));
    threads.add(Thread.currentThread());
  }

  @Override
  public void onHiddenStates(int member, HiddenStates values) {
    hiddenStates.put(member, values.copy(Positions.all()));
    threads.add(Thread.currentThread());
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
  public void onCallbackFailure(Throwable thrown) {
    faults.add(thrown);
  }

  /** Returns all bytes so far of the only member. */
  String text() {
    return text(0);
  }

  /** Returns all bytes so far of a member. */
  String text(int member) {
    ByteArrayOutputStream said = bytes.get(member);
    return said == null ? "" : said.toString(StandardCharsets.UTF_8);
  }
}
