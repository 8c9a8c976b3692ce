package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.rkllm.Generation;
import io.rkllm.GenerationOptions;
import io.rkllm.GenerationResult;
import io.rkllm.InferenceException;
import io.rkllm.InferenceSession;
import io.rkllm.ModelBusyException;
import io.rkllm.PausedGeneration;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.TokenIterator;
import io.rkllm.chat.ChatFormat;
import io.rkllm.input.TextPrompt;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes random generations, batches and sessions that are randomly used, stopped or abandoned,
 * while the heap is filled repeatedly, executors fail to create threads, and the process can create
 * only a few. Exits with status 2 if a generation, a subscriber or a future hangs or is notified of
 * its end twice. Forked by {@link ChaosEndToEndTest}.
 */
final class ChaosProgram {
  /** Stack size of threads, so large that the process can be prevented from creating one. */
  static final int STACK_MEGABYTES = 512;

  private static final int RLIMIT_AS = 9;
  private static final int THREADS = 8; // fewer than all callers and models want at once
  private static final int CALLERS = 4;
  private static final int BATCH = 3;
  private static final int CALLS = 60; // calls of each caller on one model
  private static final int WARM_UP = 20;
  private static final int BLOCK = 64 << 10;
  private static final int BLOCKS = 10_000; // more than fit into the heap
  private static final long STUCK_NANOS = 60_000_000_000L;

  private static final AtomicLong generations = new AtomicLong();
  private static final AtomicLong fullHeaps = new AtomicLong();
  private static volatile boolean over;

  private enum Kind {
    RUNTIME_TEMPLATE,
    CHAT_FORMAT,
    BATCHES
  }

  private ChaosProgram() {}

  /** Arguments: library, model file, seconds, seed. */
  public static void main(String[] args) throws Throwable {
    long end = System.nanoTime() + Duration.ofSeconds(Long.parseLong(args[2])).toNanos();
    Random seeds = new Random(Long.parseLong(args[3]));
    for (int i = 0; i < WARM_UP; i++) { // a class whose initialization fails remains unusable
      oneModel(Path.of(args[0]), Path.of(args[1]), seeds);
    }
    Thread.ofVirtual().name("keeper").start(ChaosProgram::keepCarriers);
    limitThreads(THREADS);
    Thread filler = Thread.ofPlatform().daemon().name("filler").start(ChaosProgram::fillTheHeap);
    int models = 0;
    while (System.nanoTime() - end < 0) {
      try {
        oneModel(Path.of(args[0]), Path.of(args[1]), seeds);
        models++;
      } catch (OutOfMemoryError e) {
        LockSupport.parkNanos(100_000);
      }
    }
    over = true;
    filler.join();
    System.out.printf(
        "alive: %d models, %d generations, %d full heaps%n",
        models, generations.get(), fullHeaps.get());
  }

  private static void oneModel(Path library, Path file, Random seeds) throws Exception {
    try (Pool pool = new Pool()) {
      Kind kind = Kind.values()[seeds.nextInt(Kind.values().length)];
      RkllmModel model = load(library, file, kind, executor(pool, seeds.nextInt(4)));
      try {
        callManyTimes(model, kind, seeds);
      } finally {
        close(model);
      }
    }
  }

  private static void callManyTimes(RkllmModel model, Kind kind, Random seeds)
      throws InterruptedException {
    List<Thread> callers = new ArrayList<>(CALLERS);
    try {
      for (int i = 0; i < CALLERS; i++) {
        Random random = new Random(seeds.nextLong());
        callers.add(Thread.ofPlatform().start(() -> calls(model, kind, random)));
      }
      if (seeds.nextInt(3) == 0) {
        Thread.sleep(seeds.nextInt(200));
        close(model);
      }
    } finally { // callers that were started use the executor, whose threads must outlive them
      for (int i = 0; i < callers.size(); i++) {
        callers.get(i).join();
      }
    }
  }

  private static RkllmModel load(Path library, Path file, Kind kind, Executor executor) {
    while (true) {
      try {
        RkllmModel.Builder builder =
            RkllmModel.builder(file)
                .library(library)
                .contextLength(4096)
                .queueCapacity(CALLERS * 2)
                .executor(executor);
        switch (kind) {
          case CHAT_FORMAT -> builder.chatFormat(ChatFormat.chatMl());
          case BATCHES -> builder.batchSize(BATCH);
          case RUNTIME_TEMPLATE -> {}
        }
        return builder.load();
      } catch (OutOfMemoryError e) {
        LockSupport.parkNanos(100_000);
      }
    }
  }

  /** An application's threads, which outlive whatever is thrown on them. */
  private static final class Pool implements Executor, AutoCloseable {
    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private volatile boolean closed;

    Pool() {
      try {
        for (int i = 0; i < 2; i++) {
          Thread.ofPlatform().daemon().name("pool").start(this::work);
        }
      } catch (OutOfMemoryError e) {
        close(); // ends the first one
        throw e;
      }
    }

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    private void work() {
      while (!closed || !tasks.isEmpty()) {
        try {
          Runnable task = tasks.poll(10, TimeUnit.MILLISECONDS);
          if (task != null) {
            task.run();
          }
        } catch (Throwable _) {
          Thread.onSpinWait();
        }
      }
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  /**
   * Returns an executor of one of several kinds, some of which occasionally fail to create a
   * thread.
   */
  private static Executor executor(Executor pool, int kind) {
    return switch (kind) {
      case 0 -> pool;
      case 1 ->
          task -> {
            failSometimes();
            pool.execute(task);
          };
      case 2 ->
          task -> {
            pool.execute(task); // runs the task and fails nevertheless
            failSometimes();
          };
      default -> task -> Thread.ofVirtual().start(task);
    };
  }

  private static void failSometimes() {
    if (ThreadLocalRandom.current().nextInt(4) == 0) {
      throw new OutOfMemoryError("planted: unable to create native thread");
    }
  }

  /** Fills the heap, keeps it full for a moment, and frees it. */
  private static void fillTheHeap() {
    while (!over) {
      try {
        Thread.sleep(ThreadLocalRandom.current().nextInt(10, 200));
        byte[][] hoard = new byte[BLOCKS][];
        try {
          for (int i = 0; i < BLOCKS; i++) {
            hoard[i] = new byte[BLOCK];
          }
        } catch (OutOfMemoryError e) {
          fullHeaps.incrementAndGet();
          spin(5_000_000);
        } finally {
          Reference.reachabilityFence(hoard);
        }
      } catch (InterruptedException | OutOfMemoryError e) {
        Thread.onSpinWait();
      }
    }
  }

  /**
   * Keeps the carrier threads of virtual threads, which the JDK would otherwise end and could not
   * replace.
   */
  private static void keepCarriers() {
    while (!over) {
      try {
        Thread.sleep(100);
      } catch (InterruptedException | OutOfMemoryError e) {
        Thread.onSpinWait();
      }
    }
  }

  /**
   * Limits the number of additional threads of the process, permanently. A limit that is lowered
   * later might leave none for the JVM itself.
   */
  private static void limitThreads(int threads) throws Throwable {
    long mapped =
        Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ", 2)[0]) * 4096;
    long more = ((2L * threads + 1) * STACK_MEGABYTES) << 19; // for half a thread more
    MethodHandle setrlimit =
        Libc.function("setrlimit", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment softAndHard = arena.allocateFrom(JAVA_LONG, mapped + more, -1);
      require((int) setrlimit.invokeExact(RLIMIT_AS, softAndHard) == 0, "setrlimit failed");
    }
  }

  /** Waits without allocating. */
  private static void spin(long nanos) {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < nanos) {
      Thread.onSpinWait();
    }
  }

  /** Closes the model as soon as the heap allows it. */
  private static void close(RkllmModel model) {
    while (true) {
      try {
        model.close();
        return;
      } catch (OutOfMemoryError e) {
        Thread.onSpinWait();
      }
    }
  }

  private static void close(PausedGeneration paused) {
    while (true) {
      try {
        paused.close();
        return;
      } catch (OutOfMemoryError e) {
        Thread.onSpinWait();
      }
    }
  }

  private static void calls(RkllmModel model, Kind kind, Random random) {
    for (int i = 0; i < CALLS; i++) {
      try {
        if (kind == Kind.BATCHES) {
          oneBatch(model, random);
        } else if (random.nextInt(6) == 0) {
          oneSession(model, random);
        } else {
          oneGeneration(model, random);
        }
      } catch (OutOfMemoryError | ModelBusyException e) {
        LockSupport.parkNanos(100_000);
      } catch (InferenceException | IllegalStateException _) {
        // It was stopped or has failed, or the model is closed or paused.
      }
    }
  }

  private static GenerationOptions options(Random random) {
    GenerationOptions.Builder options = GenerationOptions.builder();
    if (random.nextInt(6) == 0) {
      options.timeout(Duration.ofNanos(1 + random.nextInt(2_000_000)));
    }
    return options.build();
  }

  private static String prompt(Random random) {
    return "count to " + (1 + random.nextInt(200));
  }

  private static void oneBatch(RkllmModel model, Random random) {
    List<TextPrompt> prompts = new ArrayList<>(BATCH);
    for (int i = 0; i < BATCH; i++) {
      prompts.add(TextPrompt.of(prompt(random)));
    }
    List<Generation> answers = model.generateBatch(prompts, options(random));
    generations.addAndGet(BATCH);
    if (random.nextInt(10) == 0) {
      return; // abandoned
    }
    try {
      for (int i = 0; i < BATCH; i++) {
        tryToUse(answers.get(i), random);
      }
    } finally {
      for (int i = 0; i < BATCH; i++) {
        awaitEnd(answers.get(i));
      }
    }
  }

  /** Runs turns that may overlap, of a session that may be closed before they end. */
  private static void oneSession(RkllmModel model, Random random) {
    Generation[] turns = new Generation[1 + random.nextInt(3)];
    try (InferenceSession session = model.openSession()) {
      for (int i = 0; i < turns.length; i++) {
        turns[i] = session.generate(prompt(random), options(random));
        generations.incrementAndGet();
        if (random.nextInt(6) == 0) {
          session.clear();
        }
        if (random.nextBoolean()) {
          tryToUse(turns[i], random);
        }
      }
    } finally {
      for (Generation turn : turns) {
        if (turn != null) {
          awaitEnd(turn);
        }
      }
    }
  }

  private static void tryToUse(Generation generation, Random random) {
    try {
      use(generation, random);
    } catch (InferenceException | IllegalStateException | OutOfMemoryError _) {
      // The remaining ones are used nevertheless.
    }
  }

  private static void oneGeneration(RkllmModel model, Random random) {
    Generation generation = model.generate(prompt(random), options(random));
    generations.incrementAndGet();
    if (random.nextInt(10) == 0) {
      return; // abandoned
    }
    try {
      use(generation, random);
    } finally {
      awaitEnd(generation);
    }
  }

  private static void use(Generation generation, Random random) {
    switch (random.nextInt(8)) {
      case 0 -> generation.cancel();
      case 1 -> readSome(generation, random.nextInt(50));
      case 2 -> pause(generation, random);
      case 3, 4 -> subscribe(generation, random);
      case 5 -> future(generation, random);
      case 6 -> {
        subscribe(generation, random);
        future(generation, random);
        generation.cancel();
      }
      default -> {
        var _ = generation.text();
      }
    }
  }

  private static void readSome(Generation generation, int tokens) {
    try (TokenIterator iterator = generation.iterator()) {
      for (int i = 0; i < tokens && iterator.hasNext(); i++) {
        var _ = iterator.next();
      }
    }
  }

  private static void pause(Generation generation, Random random) {
    PausedGeneration paused = generation.pause().orElse(null);
    if (paused == null) {
      return;
    }
    Generation rest = null;
    try {
      if (random.nextBoolean()) {
        rest = paused.resume();
      }
    } finally {
      close(paused);
    }
    if (rest != null) {
      awaitEnd(rest);
    }
  }

  private static void subscribe(Generation generation, Random random) {
    int count = 1 + random.nextInt(3);
    List<Told> subscribers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Told subscriber = new Told(1 + random.nextInt(5));
      generation.tokens().subscribe(subscriber);
      subscribers.add(subscriber);
    }
    for (Told each : subscribers) {
      awaitThat(each.ends, "a subscriber is not told of the end");
    }
  }

  private static void future(Generation generation, Random random) {
    AtomicInteger completed = new AtomicInteger();
    CompletableFuture<GenerationResult> result = generation.result();
    var _ =
        result.whenComplete(
            (done, thrown) -> {
              completed.incrementAndGet();
            });
    if (random.nextInt(3) == 0) {
      result.cancel(false);
    }
    awaitThat(completed, "a future is not completed");
  }

  /** Waits without allocating and without using anything that may fail. */
  private static void awaitEnd(Generation generation) {
    long begin = System.nanoTime();
    while (!generation.isDone()) {
      require(System.nanoTime() - begin < STUCK_NANOS, "a generation does not end");
      LockSupport.parkNanos(100_000);
    }
  }

  private static void awaitThat(AtomicInteger ends, String otherwise) {
    long begin = System.nanoTime();
    while (ends.get() == 0) {
      require(System.nanoTime() - begin < STUCK_NANOS, otherwise);
      LockSupport.parkNanos(100_000);
    }
    require(ends.get() == 1, "told of the end twice");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      over = true; // the heap is needed for the report
      System.out.println("BROKEN: " + otherwise);
      Thread.getAllStackTraces()
          .forEach(
              (thread, frames) -> {
                System.out.println(thread);
                for (StackTraceElement frame : frames) {
                  System.out.println("    " + frame);
                }
              });
      Runtime.getRuntime().halt(2);
    }
  }

  /** Counts how often it is notified of the end. */
  private static final class Told implements Flow.Subscriber<Token> {
    final AtomicInteger ends = new AtomicInteger();
    private final AtomicInteger inside = new AtomicInteger();
    private final int batch;
    private int received;
    private Flow.Subscription subscription;

    Told(int batch) {
      this.batch = batch;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(batch);
    }

    @Override
    public void onNext(Token token) {
      require(inside.incrementAndGet() == 1, "a subscriber is called twice at once");
      require(ends.get() == 0, "a token after the end");
      if (++received % batch == 0) {
        subscription.request(batch);
      }
      inside.decrementAndGet();
    }

    @Override
    public void onError(Throwable thrown) {
      ends.incrementAndGet();
    }

    @Override
    public void onComplete() {
      ends.incrementAndGet();
    }
  }
}
