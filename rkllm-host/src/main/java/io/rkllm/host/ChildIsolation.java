package io.rkllm.host;

import io.rkllm.spi.RuntimeIsolation;
import io.rkllm.spi.RuntimeProvider;

/** Lets {@code RkllmModel.Builder.isolated} find this module. */
public final class ChildIsolation implements RuntimeIsolation {
  /** Creates a provider; for {@link java.util.ServiceLoader}. */
  public ChildIsolation() {}

  @Override
  public RuntimeProvider inChildProcess() {
    return HostRuntime.inChildProcess();
  }
}
