/**
 * A runtime of {@code io.rkllm} in another process: a crash of the native library ends that process
 * and not the application. Found as a service by {@code RkllmModel.Builder.isolated}.
 */
@org.jspecify.annotations.NullMarked
module io.rkllm.host {
  requires transitive io.rkllm.core;
  requires static org.jspecify;
  requires org.slf4j;

  exports io.rkllm.host;
  exports io.rkllm.host.log to
      org.slf4j;

  uses io.rkllm.spi.RuntimeProvider;

  provides io.rkllm.spi.RuntimeIsolation with
      io.rkllm.host.ChildIsolation;
}
