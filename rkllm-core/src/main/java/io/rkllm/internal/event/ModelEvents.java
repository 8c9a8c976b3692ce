package io.rkllm.internal.event;

import io.rkllm.ModelStats;
import io.rkllm.event.ModelListener;
import io.rkllm.event.RunKind;
import io.rkllm.runtime.RuntimeInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reports the events of one model to its listeners, to Flight Recorder and to its statistics. */
public final class ModelEvents {
  private final String model;
  private final ListenerThread listeners;
  private final StatsSum stats = new StatsSum();
  private final AtomicLong runs = new AtomicLong();

  public ModelEvents(String model, List<ModelListener> listeners) {
    this.model = model;
    this.listeners = new ListenerThread(listeners, model);
  }

  /** Starts measuring the time of a load. */
  public Loading beginLoad(Path path) {
    return new Loading(path);
  }

  /** A load in progress. */
  public final class Loading {
    private final Path path;
    private final long begin = System.nanoTime();
    private final JfrEvents.@Nullable Load recording;

    private Loading(Path path) {
      this.path = path;
      this.recording = JfrEvents.isEnabled() ? new JfrEvents.Load(model, path.toString()) : null;
      if (recording != null) {
        recording.begin();
      }
    }

    /** Reports that the model has been loaded. Returns the time that this took. */
    public Duration loaded(RuntimeInfo runtime, int contextLength) {
      Duration loadTime = Duration.ofNanos(System.nanoTime() - begin);
      if (recording != null) {
        recording.release = runtime.release();
        recording.contextLength = contextLength;
        recording.commit();
      }
      dispatch(target -> target.onLoad(path, runtime, loadTime));
      return loadTime;
    }
  }

  /** Returns the events of the next run, which the calling thread requests now. */
  public RunEvents nextRun(RunKind kind) {
    return new RunEvents(model, runs.incrementAndGet(), kind, stats, listeners);
  }

  /** Queues an event for the listeners, which are called on their own thread. */
  public void dispatch(Consumer<ModelListener> event) {
    listeners.dispatch(event);
  }

  /** Ends the listeners' thread once they have received all events. */
  public void close() {
    listeners.close();
  }

  /** Returns the sums of all runs that have ended. */
  public ModelStats stats() {
    return stats.get();
  }
}
