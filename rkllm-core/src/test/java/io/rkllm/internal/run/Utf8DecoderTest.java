package io.rkllm.internal.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class Utf8DecoderTest {

  @Property
  void decode_anyTextSplitAnywhere_givesTheText(
      @ForAll String text,
      @ForAll @Size(max = 20) List<@IntRange(min = 0, max = 7) Integer> lengths) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

    assertThat(decodeInPieces(bytes, lengths)).isEqualTo(new String(bytes, StandardCharsets.UTF_8));
  }

  @Property
  void decode_anyBytesSplitAnywhere_givesWhatStringMakesOfThem(
      @ForAll byte[] bytes,
      @ForAll @Size(max = 20) List<@IntRange(min = 0, max = 3) Integer> lengths) {
    assertThat(decodeInPieces(bytes, lengths)).isEqualTo(new String(bytes, StandardCharsets.UTF_8));
  }

  /** Decoders differ mainly for lead and continuation bytes in unusual orders. */
  @Property
  void decode_onlyPartsOfCharacters_givesWhatStringMakesOfThem(
      @ForAll @Size(max = 12) List<@IntRange(min = 0x7F, max = 0xFF) Integer> values,
      @ForAll @Size(max = 12) List<@IntRange(min = 0, max = 3) Integer> lengths) {
    byte[] bytes = new byte[values.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = values.get(i).byteValue();
    }

    assertThat(decodeInPieces(bytes, lengths)).isEqualTo(new String(bytes, StandardCharsets.UTF_8));
  }

  @Example
  void decode_characterInThreePieces_comesOutWithItsLastByte() {
    Utf8Decoder decoder = new Utf8Decoder();
    byte[] emoji = "😀".getBytes(StandardCharsets.UTF_8);

    assertThat(decoder.decode(emoji, 1)).isEmpty();
    assertThat(decoder.decode(Arrays.copyOfRange(emoji, 1, 3), 2)).isEmpty();
    assertThat(decoder.decode(Arrays.copyOfRange(emoji, 3, 4), 1)).isEqualTo("😀");
    assertThat(decoder.flush()).isEmpty();
  }

  @Example
  void flush_unfinishedCharacter_givesOneReplacementCharacter() {
    Utf8Decoder decoder = new Utf8Decoder();

    assertThat(decoder.decode(new byte[] {'a', (byte) 0xE4, (byte) 0xB8}, 3)).isEqualTo("a");
    assertThat(decoder.flush()).isEqualTo("\uFFFD");
    assertThat(decoder.flush()).isEmpty();
  }

  @Example
  void decode_bufferLongerThanLength_readsNoFurther() {
    assertThat(new Utf8Decoder().decode("abcdef".getBytes(StandardCharsets.UTF_8), 3))
        .isEqualTo("abc");
  }

  private static String decodeInPieces(byte[] bytes, List<Integer> lengths) {
    Utf8Decoder decoder = new Utf8Decoder();
    StringBuilder text = new StringBuilder();
    int at = 0;
    for (int length : lengths) {
      int end = Math.min(bytes.length, at + length);
      byte[] piece =
          Arrays.copyOfRange(bytes, at, end + 5); // the buffer is longer than its content
      text.append(decoder.decode(piece, end - at));
      at = end;
    }
    byte[] rest = Arrays.copyOfRange(bytes, at, bytes.length);
    return text.append(decoder.decode(rest, rest.length)).append(decoder.flush()).toString();
  }
}
