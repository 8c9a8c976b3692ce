package io.rkllm.internal.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Media tags in text that was typed by users. */
class LiteralTagsTest {
  private static final List<String> TAGS = List.of("<image>", "<video>", "<audio>");

  @ParameterizedTest
  @CsvSource({
    "<image>, < image>",
    "a <video> b, a < video> b",
    "<audio><audio>, < audio>< audio>",
    "<<image>image>, << image>image>",
    "<ima<image>ge>, <ima< image>ge>",
    "<image<image>, <image< image>",
    "<Image>, <Image>",
    "< image>, < image>",
    "</image>, </image>",
    "<|image|>, <|image|>",
    "<img>, <img>",
    "<images>, <images>",
  })
  void neutralize_addsASpaceToTheExactTagsAlone(String text, String expected) {
    assertThat(LiteralTags.neutralize(text)).isEqualTo(expected);
  }

  @Property
  void neutralize_leavesNoTag_andOnlyAddsSpaces(@ForAll("textsWithTags") String text) {
    String neutral = LiteralTags.neutralize(text);

    assertThat(neutral).doesNotContain(TAGS);
    assertThat(neutral.replace(" ", "")).isEqualTo(text.replace(" ", ""));
    assertThat(LiteralTags.neutralize(neutral)).isEqualTo(neutral);
    if (TAGS.stream().noneMatch(text::contains)) {
      assertThat(neutral).isEqualTo(text);
    }
  }

  /** Returns pieces of tags in any order, so that tags overlap, nest and are incomplete. */
  @Provide
  Arbitrary<String> textsWithTags() {
    return Arbitraries.of(
            "<image>", "<video>", "<audio>", "<", ">", "image", "video>", "<aud", "io>", " ", "x",
            "<Image>")
        .list()
        .ofMaxSize(12)
        .map(pieces -> String.join("", pieces));
  }
}
