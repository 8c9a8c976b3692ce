package io.rkllm.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rkllm.file.TokenizerData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Byte-level BPE, as introduced by GPT-2: text is divided into words, words into bytes, and bytes
 * are merged. The vocabulary spells each byte as a printable character.
 */
final class ByteLevelEncoder implements TextEncoder {
  private static final int BYTES = 256;

  /** The characters that spell bytes, indexed by byte. */
  private static final char[] SPELLING = new char[BYTES];

  private static final int[] BYTE_OF = new int[2 * BYTES];

  static {
    Arrays.fill(BYTE_OF, -1);
    int unprintable = 0;
    for (int b = 0; b < BYTES; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      SPELLING[b] = (char) (printable ? b : BYTES + unprintable++);
      BYTE_OF[SPELLING[b]] = b;
    }
  }

  private final PreTokenizer words;
  private final Vocabulary vocabulary;
  private final MergeRule merges;
  private final int[] byteIds = new int[BYTES];

  ByteLevelEncoder(TokenizerData data, PreTokenizer words) {
    this.words = words;
    List<byte[]> texts = IntStream.range(0, data.size()).mapToObj(id -> bytes(data, id)).toList();
    vocabulary = new Vocabulary(texts);
    merges = new RankedMerges(pairs(data.merges()), vocabulary);
    for (int b = 0; b < BYTES; b++) {
      byteIds[b] = vocabulary.find(new byte[] {(byte) b});
    }
  }

  private static List<byte[][]> pairs(List<String> merges) {
    List<byte[][]> pairs = new ArrayList<>(merges.size());
    for (String merge : merges) {
      int space = merge.indexOf(' ');
      pairs.add(
          new byte[][] {
            bytes(merge.substring(0, Math.max(0, space))), bytes(merge.substring(space + 1))
          });
    }
    return pairs;
  }

  private static byte[] bytes(TokenizerData data, int id) {
    return switch (data.type(id)) {
      case CONTROL, USER_DEFINED, UNKNOWN ->
          data.tokenBytes(id); // these are not spelled byte by byte
      default -> bytes(data.tokens().get(id));
    };
  }

  private static byte[] bytes(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      char spelled = token.charAt(i);
      if (spelled >= BYTE_OF.length || BYTE_OF[spelled] < 0) {
        return token.getBytes(UTF_8);
      }
      bytes[i] = (byte) BYTE_OF[spelled];
    }
    return bytes;
  }

  @Override
  public void encode(String text, IntConsumer tokens) {
    words.split(text, word -> encodeWord(word.getBytes(UTF_8), tokens));
  }

  private void encodeWord(byte[] word, IntConsumer tokens) {
    int whole = words.prefersWholeWords() ? vocabulary.find(word) : Vocabulary.NONE;
    if (whole != Vocabulary.NONE) {
      tokens.accept(whole);
      return;
    }
    int[] starts = new int[word.length + 1];
    int[] ids = new int[word.length];
    for (int i = 0; i < word.length; i++) {
      starts[i] = i;
      ids[i] = byteIds[word[i] & 0xFF];
    }
    starts[word.length] = word.length;
    // A byte that is not in the vocabulary is omitted, because byte-level vocabularies have no
    // unknown token.
    new TokenMerger(word, starts, ids, merges).run(tokens, (_, _, _) -> {});
  }

  @Override
  public byte[] decode(int token) {
    return vocabulary.text(token);
  }
}
