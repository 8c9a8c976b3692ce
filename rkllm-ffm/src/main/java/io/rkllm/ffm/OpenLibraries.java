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
 * The libraries that this process has opened, each only once. They stay open until the process
 * ends. Thread-safe; one library is opened at a time, so that none is opened twice. Waiting for
 * this is bounded and interruptible, because a library may hang while it is opened.
 *
 * <p>The path of the vendor's library is also stored in the system property {@value #KEY}, because
 * several copies of the SDK may be loaded by different class loaders of a JVM.
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
   * Opens a library, or returns the open one.
   *
   * @throws NativeLibraryException if the library cannot be used; it is closed again in this case
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
    log(found, opened); // outside the lock, because a logger may block
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
        "%s cannot be opened: the thread %s while %s was being opened, which may hang. To fix this: if it does, end the process."
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
   * Calls native methods of the JDK that are needed to abandon a load. The JDK looks up each method
   * at its first call, for which it needs the loader's lock. A library that hangs in a constructor
   * holds this lock forever.
   */
  private static void linkNativeMethods() {
    Thread.currentThread().interrupt();
    boolean _ = Thread.interrupted(); // links the method used for InterruptedException
    try {
      new FileOutputStream(FileDescriptor.err)
          .write(new byte[0]); // links the method used by the log and by the final message
    } catch (IOException e) {
      // Standard error is closed.
    }
  }

  /**
   * Rejects a second vendor library, because two of them in one process would both use the NPU.
   * Returns whether this is the first one.
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
        info.known() ? "known to have" : "assumed to have",
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
