package io.rkllm.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rkllm.file.TokenizerData;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntConsumer;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * SentencePiece's BPE: characters are merged to pieces, spaces are spelled {@code ▁}, and
 * characters without a piece become bytes such as {@code <0x0A>}.
 */
final class PieceEncoder implements TextEncoder {
  private static final char SPACE = '\u2581';

  /** Matches before each space that follows other text. */
  private static final Pattern BETWEEN_WORDS = Pattern.compile("(?<=[^▁])(?=▁)");

  private static final Pattern BYTE = Pattern.compile("<0x[0-9A-F]{2}>");

  private final Vocabulary vocabulary;
  private final MergeRule merges;
  private final BitSet pieces = new BitSet();
  private final BitSet verbatim = new BitSet(); // in these tokens, ▁ is not a space
  private final BitSet bytes = new BitSet();
  private final int[] byteIds = new int[256];
  private final boolean spacePrefix;
  private final boolean spacesBeginPieces;
  private final int unknown;

  PieceEncoder(TokenizerData data, boolean spacePrefix) {
    this.spacePrefix = spacePrefix;
    vocabulary =
        new Vocabulary(IntStream.range(0, data.size()).mapToObj(data::tokenBytes).toList());
    Arrays.fill(byteIds, Vocabulary.NONE);
    float[] scores = new float[data.size()];
    int firstUnknown = Vocabulary.NONE;
    TokenTypes types = new TokenTypes(data);
    for (int id = 0; id < scores.length; id++) {
      scores[id] = data.score(id);
      switch (types.of(id)) {
        case NORMAL, USER_DEFINED -> pieces.set(id);
        case BYTE -> addByte(id, data.tokens().get(id));
        case CONTROL -> verbatim.set(id);
        case UNKNOWN -> {
          verbatim.set(id);
          firstUnknown = firstUnknown == Vocabulary.NONE ? id : firstUnknown;
        }
        case UNDEFINED, UNUSED -> {}
      }
    }
    merges = new ScoredMerges(vocabulary, scores, pieces);
    spacesBeginPieces =
        pieces.stream().noneMatch(id -> BETWEEN_WORDS.matcher(data.tokens().get(id)).find());
    unknown = data.unknownId().orElse(firstUnknown);
  }

  private void addByte(int id, String token) {
    if (BYTE.matcher(token).matches()) {
      bytes.set(id);
      byteIds[byteOf(token)] = id;
    }
  }

  private static int byteOf(String token) {
    return Integer.parseInt(token, 3, 5, 16);
  }

  @Override
  public void encode(String text, IntConsumer tokens) {
    String spelled = (spacePrefix ? " " + text : text).replace(' ', SPACE);
    if (spacesBeginPieces) {
      // No merge extends across the beginning of a word, so encoding word by word needs less
      // memory.
      BETWEEN_WORDS.splitAsStream(spelled).forEach(word -> encodeWord(word, tokens));
    } else {
      encodeWord(spelled, tokens);
    }
  }

  private void encodeWord(String word, IntConsumer tokens) {
    byte[] text = word.getBytes(UTF_8);
    int[] starts = new int[word.codePointCount(0, word.length()) + 1];
    int[] ids = new int[starts.length - 1];
    int count = 0;
    for (int i = 0; i < text.length; i++) {
      boolean continues = (text[i] & 0xC0) == 0x80;
      if (!continues) {
        starts[count++] = i;
      }
    }
    starts[count] = text.length;
    for (int i = 0; i < ids.length; i++) {
      int id = vocabulary.find(text, starts[i], starts[i + 1]);
      ids[i] = id != Vocabulary.NONE && pieces.get(id) ? id : Vocabulary.NONE;
    }
    new TokenMerger(text, starts, ids, merges)
        .run(tokens, (unmerged, from, to) -> encodeBytes(unmerged, from, to, tokens));
  }

  private void encodeBytes(byte[] text, int from, int to, IntConsumer tokens) {
    for (int i = from; i < to; i++) {
      int id = byteIds[text[i] & 0xFF];
      if (id != Vocabulary.NONE) {
        tokens.accept(id);
      } else if (unknown != Vocabulary.NONE) {
        tokens.accept(unknown);
        return;
      }
    }
  }

  @Override
  public byte[] decode(int token) {
    byte[] text = vocabulary.text(token);
    if (verbatim.get(token)) {
      return text;
    }
    String spelled = new String(text, UTF_8);
    return bytes.get(token)
        ? new byte[] {(byte) byteOf(spelled)}
        : spelled.replace(SPACE, ' ').getBytes(UTF_8);
  }
}
