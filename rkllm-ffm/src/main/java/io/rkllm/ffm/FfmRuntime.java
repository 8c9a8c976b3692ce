package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.rkllm.runtime.Capability;
import io.rkllm.runtime.RuntimeInfo;
import io.rkllm.runtime.Soc;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An opened library together with the ABI to call it with. Thread-safe. Remains open until the
 * process ends.
 */
final class FfmRuntime implements InferenceRuntime {
  private static final Logger LOG = LoggerFactory.getLogger(InferenceRuntime.class);

  private final NativeLibrary library;
  private final Identification identification;
  private final RuntimeInfo info;

  /** The handles of models that have not been destroyed. */
  private final Set<Long> handles = ConcurrentHashMap.newKeySet();

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
      capabilities.remove(
          Capability.BATCHES); // the inputs may be larger than those of known releases
    }
    return capabilities;
  }

  @Override
  public RuntimeInfo info() {
    return info;
  }

  /** A simulator runs models for any chip, on any machine. */
  @Override
  public Optional<Soc> requiredSoc() {
    return identification.simulator() ? Optional.empty() : new FfmRuntimeProvider().soc();
  }

  /** Returns how the library was identified. */
  Identification identification() {
    return identification;
  }

  /** Returns the values of {@code rkllm_createDefaultParam}. */
  LoadParam defaults() {
    try (Arena arena = Arena.ofConfined()) {
      Abi abi = identification.abi();
      SegmentAllocator memory = NativeMemory.withMargin(arena);
      return abi.read(abi.defaultParam(library.createDefaultParam(), memory));
    }
  }

  @Override
  public NativeModel load(ModelConfig config) {
    try {
      OutputCapture.modelOpened();
      return init(config);
    } catch (Throwable thrown) {
      OutputCapture.modelClosed();
      throw thrown;
    }
  }

  private NativeModel init(ModelConfig config) {
    LoadProblem.checkFile(config.path());
    warnOfAsync(config);
    Abi abi = identification.abi();
    Arena arena = Arena.ofShared();
    MemorySegment param;
    MemorySegment handleOut;
    LoadParam loaded;
    Callbacks callbacks;
    try {
      SegmentAllocator memory = NativeMemory.withMargin(arena);
      param = abi.defaultParam(library.createDefaultParam(), memory);
      abi.configure(param, config, memory);
      handleOut = arena.allocate(ADDRESS);
      loaded = abi.read(param);
      callbacks = new Callbacks(abi, config, loaded);
    } catch (Throwable t) {
      arena.close();
      throw t;
    }
    long mark = OutputCapture.mark();
    int code = library.init(handleOut, param, callbacks.argument());
    OutputCapture.flush();
    MemorySegment handle = handleOut.get(ADDRESS, 0);
    String finding =
        code != 0 ? "failed with code " + code : LoadProblem.takeHandle(handle.address(), handles);
    if (finding != null) {
      Throwable thrown = callbacks.results().takeStrayFailure();
      if (code != 0) {
        callbacks.close();
        arena.close();
      } // otherwise native code may keep the memory, so it is not freed
      List<String> complaints = OutputCapture.complaintsSince(mark);
      throw LoadProblem.refused(
          config.path(), code, "(ABI " + abi.name() + ") " + finding, complaints, thrown);
    }
    ModelRuns runs = new ModelRuns(library, abi, config, param, callbacks, handle);
    return new FfmModel(library, arena, loaded, callbacks, handle, handles, runs);
  }

  private void warnOfAsync(ModelConfig config) {
    if (config.nativeAsync() && Release.isAsyncBroken(identification.release())) {
      LOG.warn(
          "asynchronous runs are broken in runtime release {}: they are known to hang or to produce"
              + " no text. To fix this: load models without nativeAsync, or install release"
              + " 1.2.3 or later.",
          identification.release());
    }
  }
}
