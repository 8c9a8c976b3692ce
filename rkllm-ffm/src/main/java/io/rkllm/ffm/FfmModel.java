package io.rkllm.ffm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import io.rkllm.spi.ModelConfig;
import io.rkllm.spi.NativeModel;
import io.rkllm.spi.RunObserver;
import io.rkllm.spi.RunRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A loaded model.
 *
 * <p>Owns the native handle and an arena with all that native code may read while the handle lives:
 * the upcall stub, the callback struct, the parameters and the strings in them. The arena is
 * shared, since native code may call back on threads of its own, and is closed only after {@code
 * rkllm_destroy} has succeeded; where it has not, the memory is leaked rather than freed under
 * native code. What a single call needs lives in a confined arena of that call.
 *
 * <p>All methods but {@link #abort} are called on the model's own thread.
 */
final class FfmModel implements NativeModel {
  private static final Logger log = LoggerFactory.getLogger(FfmModel.class);

  /** The most that {@code n_batch} can be, whatever the parameters say. */
  private static final int MAX_BATCH = 255;

  private final NativeLibrary library;
  private final Abi abi;
  private final Arena arena;
  private final MemorySegment param;
  private final LoadParam loaded;
  private final ResultUpcall upcall;
  private final MemorySegment handle;

  /** Touched by the model's thread alone. */
  private boolean destroyed;

  /** Touched by the model's thread alone. */
  private int straysLogged;

  private FfmModel(
      NativeLibrary library,
      Abi abi,
      Arena arena,
      MemorySegment param,
      ResultUpcall upcall,
      MemorySegment handle) {
    this.library = library;
    this.abi = abi;
    this.arena = arena;
    this.param = param;
    this.upcall = upcall;
    this.handle = handle;
    loaded = abi.read(param);
  }

  /**
   * {@code rkllm_init}.
   *
   * @throws ModelLoadException if the file cannot be a model or native code refuses it
   */
  static FfmModel load(NativeLibrary library, Abi abi, ModelConfig config) {
    LoadProblem.checkFile(config.path());
    Arena arena = Arena.ofShared();
    MemorySegment param;
    ResultUpcall upcall = new ResultUpcall();
    MemorySegment callback;
    MemorySegment handleOut;
    try {
      param = abi.defaultParam(library.createDefaultParam(), arena);
      abi.configure(param, config, arena);
      callback = abi.callback(upcall.stub(arena), arena);
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
      throw LoadProblem.refused(
          config.path(), code, abi.name(), OutputCapture.complaintsSince(mark));
    }
    return new FfmModel(library, abi, arena, param, upcall, handle);
  }

  @Override
  public int run(RunRequest request, RunObserver observer) {
    requireAlive();
    try (Arena call = Arena.ofConfined()) {
      MemorySegment input = abi.input(request, call);
      MemorySegment inferParam = abi.inferParam(request, param, call);
      long mark = OutputCapture.mark();
      upcall.observer(observer);
      int code;
      try {
        code = library.run(handle, input, inferParam);
      } finally {
        upcall.observer(null);
        logStrays();
      }
      OutputCapture.flush();
      if (code != 0 || upcall.failure() != ResultUpcall.Failure.NONE) {
        explain(observer, mark);
      }
      return code;
    }
  }

  /** Passes on what native code printed about a failure, where that says more than its message. */
  private void explain(RunObserver observer, long mark) {
    List<String> complaints = OutputCapture.complaintsSince(mark);
    if (upcall.failure() == ResultUpcall.Failure.WITH_WORDS) {
      complaints = complaints.stream().filter(CapturedLines::isOverflow).toList();
    }
    if (!complaints.isEmpty()) {
      observer.onError(String.join("; ", complaints));
    }
  }

  private void logStrays() {
    int strays = upcall.strays();
    if (strays != straysLogged) {
      log.warn("native code called back {} times outside of a run", strays - straysLogged);
      straysLogged = strays;
    }
  }

  /** On any thread, while a run is under way: the caller sees to that. */
  @Override
  public void abort() {
    library.abort(handle); // what it returns says nothing
  }

  @Override
  public int clearKvCache(boolean keepSystemPrompt) {
    requireAlive();
    int code = library.clearKvCache(handle, keepSystemPrompt);
    OutputCapture.flush();
    return code;
  }

  @Override
  public int[] kvCacheSizes() {
    requireAlive();
    try (Arena call = Arena.ofConfined()) {
      MemorySegment sizes = call.allocate(JAVA_INT, MAX_BATCH);
      int code = library.kvCacheSize(handle, sizes);
      OutputCapture.flush();
      if (code != 0) {
        throw new RkllmException(
            "rkllm_get_kv_cache_size failed with code " + code + "; the model may need a reload",
            "rkllm_get_kv_cache_size",
            code,
            null);
      }
      return sizes.asSlice(0, (long) loaded.batch() * Integer.BYTES).toArray(JAVA_INT);
    }
  }

  @Override
  public int setChatTemplate(String systemPrompt, String prefix, String postfix) {
    requireAlive();
    try (Arena call = Arena.ofConfined()) {
      int code =
          library.setChatTemplate(
              handle,
              call.allocateFrom(systemPrompt),
              call.allocateFrom(prefix),
              call.allocateFrom(postfix));
      OutputCapture.flush();
      return code;
    }
  }

  @Override
  public int contextLength() {
    return loaded.contextLength();
  }

  @Override
  public int maxNewTokens() {
    return loaded.maxNewTokens();
  }

  @Override
  public void destroy() {
    requireAlive();
    destroyed = true;
    int code = library.destroy(handle);
    logStrays();
    OutputCapture.flush();
    if (code == 0) {
      arena.close();
    } else {
      log.warn("rkllm_destroy failed with code {}: the memory of the model is not freed", code);
    }
  }

  private void requireAlive() {
    if (destroyed) {
      throw new IllegalStateException("the model has been destroyed");
    }
  }
}
