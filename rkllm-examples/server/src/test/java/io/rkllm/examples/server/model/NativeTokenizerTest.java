package io.rkllm.examples.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeTokenizerTest {
  @TempDir Path folder;

  private Path file(String name) throws IOException {
    SimulatedTokenizer.write(folder.resolve(name));
    return folder.resolve(name).resolve("tokenizer.json");
  }

  @Test
  void open_filesThatAreAlike_shareOneUntilTheLastIsClosed() throws IOException {
    NativeTokenizer first = NativeTokenizer.open(file("a"), folder);
    NativeTokenizer second = NativeTokenizer.open(file("b"), folder);

    assertThat(second).isSameAs(first);
    first.close();
    assertThat(second.encode("Hi", false)).containsExactly('H', 'i');
    second.close();
    try (NativeTokenizer third = NativeTokenizer.open(file("a"), folder)) {
      assertThat(third).isNotSameAs(first);
      assertThat(third.encode("<|im_end|>", false)).containsExactly(258);
    }
  }

  @Test
  void open_fileThatIsNotATokenizer_isRejected() throws IOException {
    Path json = Files.writeString(folder.resolve("tokenizer.json"), "{}");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> NativeTokenizer.open(json, folder))
        .withMessageContaining(json.toString());
  }

  @Test
  void open_fileThatIsTooLarge_isRefusedUnread() throws IOException {
    Path json = folder.resolve("tokenizer.json");
    try (RandomAccessFile large = new RandomAccessFile(json.toFile(), "rw")) {
      large.setLength(1L << 40); // a hole
    }

    assertThatIllegalArgumentException()
        .isThrownBy(() -> NativeTokenizer.open(json, folder))
        .withMessageContaining("more than the limit of 134217728");
  }

  /** The native library would end the process when it reads some texts. */
  @Test
  void open_patternOfUnboundedEffort_isRejected() throws IOException {
    Path json = file("hostile");
    String whole = Files.readString(json);
    String splitting =
        "\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Re\\u0067ex\": \"(a+)+$\"},"
            + " \"behavior\": \"Isolated\", \"invert\": false},";
    Files.writeString(json, whole.replaceFirst("\\{", Matcher.quoteReplacement("{" + splitting)));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> NativeTokenizer.open(json, folder))
        .withMessageContaining("its regular expression (a+)+$ may take too long");
  }

  @Test
  void encode_textLongerThanAnyContext_isRejected() throws IOException {
    try (NativeTokenizer tokenizer = NativeTokenizer.open(file("a"), folder)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> tokenizer.encode(" ".repeat((1 << 21) + 1), false))
          .withMessageContaining("more than the limit of 2097152");
    }
  }
}
