package io.rkllm.examples.bench.idle;

import com.sun.management.OperatingSystemMXBean;
import io.rkllm.RkllmModel;
import io.rkllm.Token;
import io.rkllm.examples.bench.Child;
import io.rkllm.examples.bench.StreamModel;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * {@code IdleClient LIBRARY MODEL SECONDS [PROMPT]}: prints the processor time of the process, in
 * nanoseconds, while an answer was streamed to it, or for the given number of seconds while idle.
 */
public final class IdleClient {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private IdleClient() {}

  public static void main(String[] arguments) throws InterruptedException {
    try (RkllmModel model = StreamModel.load(arguments[0], arguments[1])) {
      read(model, StreamModel.tokens(8_000));
      read(model, StreamModel.tokens(8_000));
      Thread.sleep(1_000); // code that is still to be compiled
      long before = processorTime();
      if (arguments.length > 3) {
        read(model, arguments[3]);
      } else {
        Thread.sleep(Integer.parseInt(arguments[2]) * 1_000L);
      }
      Child.print((double) (processorTime() - before));
    }
  }

  /** Returns the processor time of this process and of a child with the model. */
  private static long processorTime() {
    try (Stream<ProcessHandle> children = ProcessHandle.current().children()) {
      return SYSTEM.getProcessCpuTime()
          + children
              .flatMap(child -> child.info().totalCpuDuration().stream())
              .mapToLong(Duration::toNanos)
              .sum();
    }
  }

  private static void read(RkllmModel model, String prompt) {
    int characters = 0;
    for (Token token : model.generate(prompt)) {
      characters += token.text().length();
    }
    if (characters == 0) {
      throw new IllegalStateException("nothing came");
    }
  }
}
