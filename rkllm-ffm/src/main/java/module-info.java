/**
 * The runtime of {@code io.rkllm}: finds, identifies and calls {@code librkllmrt.so} through the
 * foreign function API. Exports nothing; it is found as a service. All restricted methods are
 * called from this module, so start Java with {@code --enable-native-access=io.rkllm.ffm}.
 */
@org.jspecify.annotations.NullMarked
module io.rkllm.ffm {
  requires io.rkllm.core;
  requires static org.jspecify;
  requires org.slf4j;

  provides io.rkllm.spi.RuntimeProvider with
      io.rkllm.ffm.FfmRuntimeProvider;
}
