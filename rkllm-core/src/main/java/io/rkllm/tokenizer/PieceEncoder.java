package io.rkllm.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rkllm.file.TokenType;
import io.rkllm.file.TokenizerData;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * SentencePiece's BPE: characters are merged into pieces, spaces are spelled {@code ▁}, and
 * characters without a piece become bytes such as {@code <0x0A>}.
 */
final class PieceEncoder implements TextEncoder {
  private static final char SPACE = '\u2581';
  private static final byte[] SPACE_BYTES = String.valueOf(SPACE).getBytes(UTF_8);
  private static final int BYTES = 256;

  private final Vocabulary vocabulary;
  private final MergeRule merges;
  private final BitSet pieces;
  private final boolean spacePrefix;
  private final boolean spacesBeginPieces;
  private final int[] byteIds = new int[BYTES];
  private final int[] byteOf;
  private final int unknown;

  PieceEncoder(TokenizerData data, boolean spacePrefix) {
    this.spacePrefix = spacePrefix;
    List<byte[]> texts = IntStream.range(0, data.size()).mapToObj(data::tokenBytes).toList();
    vocabulary = new Vocabulary(texts);
    pieces = new BitSet(data.size());
    byteOf = new int[data.size()];
    Arrays.fill(byteOf, Vocabulary.NONE);
    Arrays.fill(byteIds, Vocabulary.NONE);
    float[] scores = new float[data.size()];
    for (int id = 0; id < scores.length; id++) {
      scores[id] = data.score(id);
      TokenType type = data.type(id);
      if (type == TokenType.BYTE) {
        addByte(id, data.tokens().get(id));
      } else if (type == TokenType.NORMAL || type == TokenType.USER_DEFINED) {
        pieces.set(id);
      }
    }
    merges = new ScoredMerges(vocabulary, scores, pieces);
    spacesBeginPieces = pieces.stream().noneMatch(id -> hasSpaceAfterText(texts.get(id)));
    unknown =
        data.unknownId()
            .orElseGet(
                () ->
                    IntStream.range(0, data.size())
                        .filter(id -> data.type(id) == TokenType.UNKNOWN)
                        .findFirst()
                        .orElse(Vocabulary.NONE));
  }

  private void addByte(int id, String token) {
    if (token.matches("<0x[0-9A-F]{2}>")) {
      int value = Integer.parseInt(token, 3, 5, 16);
      byteOf[id] = value;
      byteIds[value] = id;
    }
  }

  private static boolean hasSpaceAfterText(byte[] piece) {
    boolean text = false;
    for (int i = 0; i < piece.length; i++) {
      boolean space = isSpace(piece, i);
      if (space && text) {
        return true;
      }
      text |= !space;
      i += space ? SPACE_BYTES.length - 1 : 0;
    }
    return false;
  }

  private static boolean isSpace(byte[] text, int at) {
    int end = at + SPACE_BYTES.length;
    return end <= text.length && Arrays.equals(text, at, end, SPACE_BYTES, 0, SPACE_BYTES.length);
  }

  @Override
  public void encode(String text, IntConsumer tokens) {
    String spelled = (spacePrefix ? " " + text : text).replace(' ', SPACE);
    int begin = 0;
    // Where no piece has a space behind other text, words are merged one by one, which needs less
    // memory and comes to the same.
    for (int i = 1; i < spelled.length() && spacesBeginPieces; i++) {
      if (spelled.charAt(i) == SPACE && spelled.charAt(i - 1) != SPACE) {
        encodeWord(spelled.substring(begin, i), tokens);
        begin = i;
      }
    }
    encodeWord(spelled.substring(begin), tokens);
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
        .run(tokens, (bytes, from, to) -> encodeBytes(bytes, from, to, tokens));
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
    return byteOf[token] != Vocabulary.NONE
        ? new byte[] {(byte) byteOf[token]}
        : new String(vocabulary.text(token), UTF_8).replace(SPACE, ' ').getBytes(UTF_8);
  }
}
