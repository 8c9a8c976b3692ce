/** The API of rkllm for Java, and the SPI that a runtime implements. */
@org.jspecify.annotations.NullMarked
@SuppressWarnings("module") // the module it names is built later
module io.rkllm.core {
  requires static transitive org.jspecify;
  requires jdk.jfr;
  requires org.slf4j;

  exports io.rkllm;
  exports io.rkllm.chat;
  exports io.rkllm.event;
  exports io.rkllm.forward;
  exports io.rkllm.input;
  exports io.rkllm.runtime;
  exports io.rkllm.spi;
  exports io.rkllm.internal to
      io.rkllm.tools;

  uses io.rkllm.spi.RuntimeProvider;
}
