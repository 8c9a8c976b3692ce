package io.rkllm.ffm;

import io.rkllm.NativeLibraryException;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.RuntimeOptions;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All libraries that this process has opened, each once. They stay open as long as the process.
 * Thread-safe: one library is opened at a time, so that none is opened twice. The wait for that is
 * bounded and interruptible, since a library may hang while it is opened.
 *
 * <p>The vendor's library is also named in the system property {@value #KEY}, since a JVM may have
 * several copies of the SDK, each in a class loader of its own.
 */
final class OpenLibraries {
  private static final Logger LOG = LoggerFactory.getLogger(InferenceRuntime.class);

  static final String KEY = "io.rkllm.vendorLibrary";

  private static final Duration TURN = Duration.ofSeconds(30);
  private static final ReentrantLock LOCK = new ReentrantLock();
  private static final Map<Path, FfmRuntime> open = new HashMap<>(); // guarded by LOCK

  private static volatile @Nullable Path opening;

  private OpenLibraries() {}

  /**
   * Opens a library, or shares the one that is open.
   *
   * @throws NativeLibraryException if it cannot be used; nothing of it stays open then
   */
  static FfmRuntime open(LibrarySearch.Found found, RuntimeOptions options) {
    Abi override = RuntimeChoice.abi(options);
    Path library = realPath(found.library());
    FfmRuntime opened;
    awaitTurn(library);
    try {
      FfmRuntime shared = open.get(library);
      if (shared != null) {
        return shared(shared, library, override);
      }
      opening = library;
      opened = load(library, override);
      open.put(library, opened);
    } finally {
      opening = null;
      LOCK.unlock();
    }
    log(found, opened); // outside of the lock: a logger may block
    return opened;
  }

  private static FfmRuntime shared(FfmRuntime opened, Path library, @Nullable Abi override) {
    if (override != null && !opened.info().abi().equals(override.name())) {
      throw new NativeLibraryException(
          "%s is already open in this process with ABI %s, and ABI %s was asked for now. To fix this: start another process for it."
              .formatted(library, opened.info().abi(), override.name()),
          library,
          null);
    }
    return opened;
  }

  private static void awaitTurn(Path library) {
    Throwable interrupted = null;
    try {
      if (LOCK.tryLock(TURN.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      interrupted = e;
    }
    throw new NativeLibraryException(
        "%s cannot be opened: the thread %s while %s was being opened, which may hang. To go on: if it does, end the process."
            .formatted(
                library,
                interrupted != null ? "was interrupted" : "waited for " + TURN.toSeconds() + " s",
                Objects.requireNonNullElse(opening, "another library")),
        library,
        interrupted);
  }

  private static FfmRuntime load(Path library, @Nullable Abi override) {
    ElfFile elf = ElfFile.read(library);
    Identification.checkBytes(elf, override);
    VersionText version = elf.version();
    boolean vendors = version == null || !version.simulator();
    boolean first = vendors && claimForVendor(library);
    try {
      return load(library, elf, override);
    } catch (Throwable t) {
      if (first) {
        System.getProperties().remove(KEY);
      }
      throw t;
    }
  }

  private static FfmRuntime load(Path library, ElfFile elf, @Nullable Abi override) {
    NativeLibrary functions;
    linkNativeMethods();
    try {
      functions = NativeLibrary.open(library);
    } catch (DynamicLoader.FailedException e) {
      throw LoaderFailure.exception(elf, e);
    }
    try {
      Probe probe = Probe.of(functions.createDefaultParam());
      return new FfmRuntime(functions, Identification.decide(elf, probe, override), library);
    } catch (Throwable t) {
      functions.close();
      throw t;
    }
  }

  /**
   * Calls the native methods of the JDK that giving up a load needs. The JDK looks each up at its
   * first call and needs the loader's lock for that, which a library that hangs in a constructor
   * holds for ever.
   */
  private static void linkNativeMethods() {
    Thread.currentThread().interrupt();
    boolean _ = Thread.interrupted(); // of InterruptedException
    try {
      new FileOutputStream(FileDescriptor.err)
          .write(new byte[0]); // of the log, and of the last line
    } catch (IOException e) {
      // standard error is closed
    }
  }

  /**
   * Refuses a second library of the vendor's: two in one process would share the NPU without
   * knowing it. Returns whether this is the first.
   */
  private static boolean claimForVendor(Path library) {
    Object other = System.getProperties().putIfAbsent(KEY, library.toString());
    if (other != null && !other.equals(library.toString())) {
      throw new NativeLibraryException(
          "%s cannot be used: this process already has %s open, and one process can use one runtime only. To fix this: use that library for all models, or start another process."
              .formatted(library, other),
          library,
          null);
    }
    return other == null;
  }

  private static void log(LibrarySearch.Found found, FfmRuntime opened) {
    RuntimeInfo info = opened.info();
    LOG.info(
        "opened {} (found by {}): release {}{}, {} ABI {}: {}",
        info.library(),
        found.by(),
        info.release(),
        info.simulator() ? ", a simulator" : "",
        info.known() ? "known by its header to have" : "only taken to have",
        info.abi(),
        opened.identification().why());
    opened
        .identification()
        .warnings()
        .forEach(warning -> LOG.warn("{}: {}", info.library(), warning));
  }

  private static Path realPath(Path library) {
    try {
      return library.toRealPath();
    } catch (IOException e) {
      return library.toAbsolutePath().normalize();
    }
  }
}
