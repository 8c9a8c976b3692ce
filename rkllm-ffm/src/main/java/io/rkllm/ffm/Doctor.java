package io.rkllm.ffm;

import io.rkllm.NativeLibraryException;
import io.rkllm.runtime.DoctorReport;
import io.rkllm.runtime.DoctorReport.Finding;
import io.rkllm.runtime.DoctorReport.Status;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.RuntimeOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Examines the library and the machine for one report. Problems are reported, not thrown. A usable
 * library stays open, as if it had been opened for a model. Not thread-safe.
 */
final class Doctor {
  private static final Duration OPENING = Duration.ofSeconds(20);
  private static final Duration AT_EXIT = Duration.ofSeconds(3);

  private final RuntimeOptions options;
  private final LibrarySearch search;
  private final BoardFacts board;
  private final Duration opening;
  private final List<Finding> findings = new ArrayList<>();

  Doctor(RuntimeOptions options, LibrarySearch search, BoardFacts board) {
    this(options, search, board, OPENING);
  }

  /**
   * @param opening the longest time that the library may take to open and to return its defaults
   */
  Doctor(RuntimeOptions options, LibrarySearch search, BoardFacts board, Duration opening) {
    this.options = options;
    this.search = search;
    this.board = board;
    this.opening = opening;
  }

  /** Returns the report. */
  DoctorReport report() {
    jvm();
    // Before a library is opened: one that hangs in a constructor holds the loader's lock, without
    // which the JDK cannot call a native method for the first time.
    List<Finding> ofBoard = new BoardFindings(board, Machine.ofThisJvm()).all();
    boolean usable = library();
    findings.addAll(ofBoard);
    return new DoctorReport(findings, usable);
  }

  private void jvm() {
    add(
        "java",
        Status.INFO,
        "%s (%s), %s %s"
            .formatted(
                System.getProperty("java.version"),
                System.getProperty("java.vendor"),
                System.getProperty("os.name"),
                System.getProperty("os.arch")));
    Module module = Doctor.class.getModule();
    String option =
        "--enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    if (module.isNativeAccessEnabled()) {
      add(
          "native access",
          Status.OK,
          "allowed for " + (module.isNamed() ? module.getName() : "the class path"));
    } else {
      add("native access", Status.WARNING, "not granted: start java with " + option);
    }
  }

  /** Examines the library. Returns whether a model could be loaded with it. */
  private boolean library() {
    LibrarySearch.Found found;
    try {
      Libc.requireNativeAccess();
      found = search.find(options.library());
    } catch (NativeLibraryException e) {
      add("library", Status.PROBLEM, String.valueOf(e.getMessage()));
      return false;
    }
    add("library", Status.OK, found.library() + ", found by " + found.by());
    if (found.tried().size() > 1) {
      add("tried before", Status.INFO, paths(found.tried().subList(0, found.tried().size() - 1)));
    }
    try {
      file(ElfFile.read(found.library()));
      if (options.captureOutput()) {
        OutputCapture.start();
      }
      OutputCapture.modelOpened();
      try {
        return open(found);
      } finally {
        OutputCapture.modelClosed();
      }
    } catch (NativeLibraryException e) {
      add("runtime", Status.PROBLEM, String.valueOf(e.getMessage()));
    } catch (RuntimeException | LinkageError e) {
      add("runtime", Status.PROBLEM, "the examination failed: " + e);
    }
    return false;
  }

  /** An opened library with a description of its defaults. */
  private record Opened(FfmRuntime runtime, String defaults) {}

  /** Opens the library on a separate thread, because a library that hangs cannot be stopped. */
  private boolean open(LibrarySearch.Found found) {
    FutureTask<Opened> task =
        new FutureTask<>(
            () -> {
              FfmRuntime runtime = OpenLibraries.open(found, options);
              return new Opened(runtime, runtime.defaults().describe());
            });
    Thread thread = Thread.ofPlatform().daemon().name("rkllm-doctor").start(task);
    try {
      opened(task.get(opening.toNanos(), TimeUnit.NANOSECONDS));
      return true;
    } catch (TimeoutException e) {
      hangs(
          thread, "it has not opened and given its defaults within " + opening.toMillis() + " ms");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      hangs(thread, "the thread was interrupted while the library was being opened");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    }
    return false;
  }

  /**
   * Handles a library that hangs. It may hold the loader's lock, for which C destructors would
   * wait.
   */
  private void hangs(Thread thread, String finding) {
    thread.interrupt(); // in case it only waits for its turn
    add(
        "runtime",
        Status.PROBLEM,
        finding
            + "; if it hangs, no program can use it. To fix this: install the vendor's own"
            + " librkllmrt.so, and end this process");
    Thread hook =
        new Thread(
            () -> {
              try {
                if (thread.join(AT_EXIT)) {
                  return;
                }
              } catch (InterruptedException e) {
                // Exit immediately.
              }
              Libc.exitProcess(1);
            },
            "rkllm-doctor-end");
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is already shutting down.
    }
  }

  private void file(ElfFile elf) {
    add(
        "library file",
        Status.OK,
        String.format(
            Locale.ROOT,
            "%,d bytes, for %s, as this JVM",
            elf.size(),
            Machine.labelOf(elf.machine())));
    VersionText version = elf.version();
    if (version == null) {
      add("version line", Status.WARNING, "none");
    } else {
      add("version line", Status.INFO, version.text());
    }
    List<String> missing =
        NativeLibrary.FUNCTIONS.stream().filter(f -> !elf.functions().contains(f)).toList();
    add(
        "functions",
        missing.isEmpty() ? Status.OK : Status.PROBLEM,
        "%d of %d found%s"
            .formatted(
                NativeLibrary.FUNCTIONS.size() - missing.size(),
                NativeLibrary.FUNCTIONS.size(),
                missing.isEmpty() ? "" : "; missing: " + String.join(", ", missing)));
    needed(elf);
  }

  private void needed(ElfFile elf) {
    Set<Path> folders = search.folders();
    for (String name : elf.needed()) {
      boolean there =
          name.contains("/")
              ? Files.exists(Path.of(name))
              : folders.stream().anyMatch(folder -> Files.exists(folder.resolve(name)))
                  || Files.exists(elf.path().resolveSibling(name));
      if (there) {
        add("needs", Status.OK, name);
      } else {
        add(
            "needs",
            Status.WARNING,
            name
                + " was not seen in the usual folders; if it is missing: "
                + LoaderFailure.install(name));
      }
    }
  }

  private void opened(Opened opened) {
    FfmRuntime runtime = opened.runtime();
    RuntimeInfo info = runtime.info();
    Identification identification = runtime.identification();
    add(
        "runtime",
        identification.warnings().isEmpty() ? Status.OK : Status.WARNING,
        "release %s, ABI %s: %s".formatted(info.release(), info.abi(), identification.why()));
    for (String warning : identification.warnings()) {
      add("runtime", Status.WARNING, warning);
    }
    if (!identification.known()) {
      add(
          "runtime",
          Status.WARNING,
          "this SDK does not know this release. To fix this: install the latest release that"
              + " it knows, or a later version of the SDK; if the ABI was set by option, unset the"
              + " option");
    }
    if (info.simulator()) {
      add(
          "simulator",
          Status.INFO,
          "this is the simulator; answers are scripted and do not come from a model");
    }
    add("defaults", Status.INFO, opened.defaults());
  }

  private static String paths(List<Path> paths) {
    return String.join(", ", paths.stream().map(Path::toString).toList());
  }

  private void add(String subject, Status status, String detail) {
    findings.add(new Finding(subject, status, detail));
  }
}
