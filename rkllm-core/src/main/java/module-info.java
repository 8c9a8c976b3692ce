/** The API of rkllm for Java, and the SPI that a runtime implements. */
@org.jspecify.annotations.NullMarked
module io.rkllm.core {
  requires static transitive org.jspecify;
  requires jdk.jfr;
  requires org.slf4j;

  exports io.rkllm;
  exports io.rkllm.chat;
  exports io.rkllm.event;
  exports io.rkllm.file;
  exports io.rkllm.forward;
  exports io.rkllm.input;
  exports io.rkllm.runtime;
  exports io.rkllm.spi;
  exports io.rkllm.stream;
  exports io.rkllm.tokenizer;

  uses io.rkllm.spi.MediaTagsProvider;
  uses io.rkllm.spi.RuntimeIsolation;
  uses io.rkllm.spi.RuntimeProvider;
}
