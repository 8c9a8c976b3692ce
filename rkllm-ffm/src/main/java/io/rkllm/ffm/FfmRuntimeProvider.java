package io.rkllm.ffm;

import io.rkllm.runtime.DoctorReport;
import io.rkllm.runtime.Soc;
import io.rkllm.spi.InferenceRuntime;
import io.rkllm.spi.RuntimeOptions;
import io.rkllm.spi.RuntimeProvider;
import java.util.Optional;

/**
 * Opens {@code librkllmrt.so} with the foreign function API. Stateless; opened libraries belong to
 * the process, see {@link OpenLibraries}.
 */
public final class FfmRuntimeProvider implements RuntimeProvider {
  /** Creates a provider; for {@link java.util.ServiceLoader}. */
  public FfmRuntimeProvider() {}

  @Override
  public String name() {
    return "ffm";
  }

  @Override
  public InferenceRuntime open(RuntimeOptions options) {
    Libc.requireNativeAccess();
    LibrarySearch.Found found = new LibrarySearch().find(options.library());
    if (options.captureOutput()) {
      OutputCapture.start();
    }
    return OpenLibraries.open(found, options);
  }

  @Override
  public Optional<Soc> soc() {
    return Chip.of(new BoardFacts().compatible()).flatMap(Chip::soc);
  }

  @Override
  public DoctorReport diagnose(RuntimeOptions options) {
    return new Doctor(options, new LibrarySearch(), new BoardFacts()).report();
  }

  @Override
  public void exitProcess(int status) {
    Libc.exitProcess(status);
  }
}
