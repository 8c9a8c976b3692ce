///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25
//JAVA_OPTIONS --enable-native-access=ALL-UNNAMED
//DEPS io.rkllm:rkllm-ffm:0.1.0-SNAPSHOT
import io.rkllm.RkllmModel;

void main(String[] args) {
  try (var model = RkllmModel.builder(Path.of(args[0])).captureNativeOutput().load()) {
    model.generate(args[1]).forEach(token -> IO.print(token.text()));
  }
}
