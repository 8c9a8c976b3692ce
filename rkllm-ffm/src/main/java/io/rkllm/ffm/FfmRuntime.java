package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.rkllm.runtime.Capability;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An opened library together with the way to call it. Thread-safe; lives as long as the process.
 */
final class FfmRuntime implements InferenceRuntime {
  private static final Logger log = LoggerFactory.getLogger(FfmRuntime.class);

  private final NativeLibrary library;
  private final Identification identification;
  private final RuntimeInfo info;

  FfmRuntime(NativeLibrary library, Identification identification, Path path) {
    this.library = library;
    this.identification = identification;
    info =
        new RuntimeInfo(
            identification.release(),
            identification.known(),
            identification.abi().name(),
            path,
            identification.simulator(),
            capabilities(identification));
  }

  private static Set<Capability> capabilities(Identification identification) {
    Set<Capability> capabilities = new HashSet<>(identification.abi().capabilities());
    if (!identification.known()) {
      capabilities.remove(Capability.BATCHES); // its inputs may be larger than the known ones
    }
    return capabilities;
  }

  @Override
  public RuntimeInfo info() {
    return info;
  }

  /** How the library was identified. */
  Identification identification() {
    return identification;
  }

  /** What {@code rkllm_createDefaultParam} gives. */
  LoadParam defaults() {
    try (Arena arena = Arena.ofConfined()) {
      Abi abi = identification.abi();
      SegmentAllocator memory = NativeMemory.withMargin(arena);
      return abi.read(abi.defaultParam(library.createDefaultParam(), memory));
    }
  }

  @Override
  public NativeModel load(ModelConfig config) {
    LoadProblem.checkFile(config.path());
    warnOfAsync(config);
    Abi abi = identification.abi();
    Callbacks callbacks = new Callbacks(abi, config);
    Arena arena = Arena.ofShared();
    MemorySegment param;
    MemorySegment callback;
    MemorySegment handleOut;
    try {
      SegmentAllocator memory = NativeMemory.withMargin(arena);
      param = abi.defaultParam(library.createDefaultParam(), memory);
      abi.configure(param, config, memory);
      callback = abi.callback(callbacks.stubs(arena), memory);
      handleOut = arena.allocate(ADDRESS);
    } catch (Throwable t) {
      arena.close();
      throw t;
    }
    long mark = OutputCapture.mark();
    int code = library.init(handleOut, param, callback);
    OutputCapture.flush();
    MemorySegment handle = handleOut.get(ADDRESS, 0);
    if (code != 0 || handle.address() == 0) {
      if (code != 0) {
        arena.close();
      } // else native code says that it keeps what it was given, so it is not freed.
      List<String> complaints = OutputCapture.complaintsSince(mark);
      Throwable thrown = callbacks.results().takeStrayFault();
      throw LoadProblem.refused(config.path(), code, abi.name(), complaints, thrown);
    }
    ModelRuns runs = new ModelRuns(library, abi, config, param, callbacks, handle);
    return new FfmModel(library, arena, abi.read(param), callbacks, handle, runs);
  }

  private void warnOfAsync(ModelConfig config) {
    if (config.nativeAsync() && Release.isAsyncBroken(identification.release())) {
      log.warn(
          "asynchronous runs are broken in runtime release {}: they are known to hang or to come"
              + " without text. To go on: load models without nativeAsync, or install release"
              + " 1.2.3 or later.",
          identification.release());
    }
  }

  @Override
  public void exitProcess(int status) {
    Libc.exitProcess(status);
  }
}
