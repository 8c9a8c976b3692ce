package io.rkllm.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.file.ContainerBytes;
import io.rkllm.file.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelTokenizerTest {
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int BYTE = 6;

  @TempDir Path folder;

  private final List<String> tokens = new ArrayList<>();
  private final List<Integer> types = new ArrayList<>();
  private final List<Float> scores = new ArrayList<>();

  private ModelTokenizerTest token(String text, int type, float score) {
    tokens.add(text);
    types.add(type);
    scores.add(score);
    return this;
  }

  private ModelTokenizerTest normal(String... texts) {
    for (String text : texts) {
      token(text, NORMAL, 0);
    }
    return this;
  }

  private ContainerBytes file() {
    float[] scored = new float[scores.size()];
    for (int i = 0; i < scored.length; i++) {
      scored[i] = scores.get(i);
    }
    return new ContainerBytes()
        .text("general.architecture", "llama")
        .texts("tokenizer.ggml.tokens", tokens)
        .i32s("tokenizer.ggml.token_type", types.stream().mapToInt(i -> i).toArray())
        .floats("tokenizer.ggml.scores", scored);
  }

  private ContainerBytes byteLevel(String preTokenizer, String... merges) {
    return file()
        .text("tokenizer.ggml.model", "gpt2")
        .text("tokenizer.ggml.pre", preTokenizer)
        .texts("tokenizer.ggml.merges", List.of(merges));
  }

  private Optional<ModelTokenizer> read(ContainerBytes file) throws IOException {
    return ModelTokenizer.of(ModelFile.read(file.write(folder.resolve("model.rkllm"))));
  }

  private int[] ids(String... texts) {
    return Arrays.stream(texts).mapToInt(tokens::indexOf).toArray();
  }

  @Test
  void encode_byteLevel_mergesLowestRankFirst() throws IOException {
    normal("a", "b", "c", "ab", "bc", "abc");
    ModelTokenizer tokenizer = read(byteLevel("gpt-2", "b c", "a b", "a bc")).orElseThrow();
    assertThat(tokenizer.encode("abc")).isEqualTo(ids("abc"));
    assertThat(tokenizer.encode("ab")).isEqualTo(ids("ab"));
    assertThat(tokenizer.encode("abab")).isEqualTo(ids("ab", "ab"));
    assertThat(tokenizer.encode("cbc")).isEqualTo(ids("c", "bc"));
  }

  @Test
  void encode_spacesAndBytesOfCharacters_areSpelledInTheVocabulary() throws IOException {
    normal("Ġ", "a", "Ġa", "Ã", "©", "Ã©", "Ċ");
    ModelTokenizer tokenizer = read(byteLevel("gpt-2", "Ġ a", "Ã ©")).orElseThrow();
    assertThat(tokenizer.encode(" aé\n")).isEqualTo(ids("Ġa", "Ã©", "Ċ"));
    assertThat(tokenizer.decode(ids("Ġa", "Ã©", "Ċ"))).isEqualTo(" aé\n");
    assertThat(tokenizer.decode(ids("Ã"))).isEqualTo("\uFFFD");
  }

  @Test
  void encode_digits_areSplitAsTheFamilyDoes() throws IOException {
    normal("1", "2", "3", "12", "123");
    String[] merges = {"1 2", "12 3"};
    assertThat(read(byteLevel("qwen2", merges)).orElseThrow().encode("123"))
        .isEqualTo(ids("1", "2", "3"));
    assertThat(read(byteLevel("llama-bpe", merges)).orElseThrow().encode("123"))
        .isEqualTo(ids("123"));
    assertThat(read(byteLevel("deepseek-v3", merges)).orElseThrow().encode("1231"))
        .isEqualTo(ids("123", "1"));
  }

  @Test
  void encode_qwenFileThatSaysDefault_splitsDigitsSingly() throws IOException {
    normal("1", "2", "12");
    assertThat(read(byteLevel("default", "1 2")).orElseThrow().encode("12")).isEqualTo(ids("12"));
    for (String modelClass : List.of("Qwen3_5ForCausalLM", "Qwen2ForCausalLM")) {
      ContainerBytes file = byteLevel("default", "1 2").text("rkllm.model_name", modelClass);
      assertThat(read(file).orElseThrow().encode("12")).isEqualTo(ids("1", "2"));
    }
  }

  @Test
  void encode_wordThatIsAToken_isTakenWholeWhereTheFamilyDoesSo() throws IOException {
    normal("a", "b", "c", "ab", "abc");
    for (String family : List.of("llama-bpe", "tekken", "gpt-4o")) {
      assertThat(read(byteLevel(family, "a b")).orElseThrow().encode("abc")).isEqualTo(ids("abc"));
    }
    assertThat(read(byteLevel("qwen2", "a b")).orElseThrow().encode("abc"))
        .isEqualTo(ids("ab", "c"));
  }

  @Test
  void encode_qwen_composesCharacters() throws IOException {
    normal("Ã", "©", "Ã©", "e", "Ì", "ģ");
    String decomposed = "e\u0301";
    assertThat(read(byteLevel("qwen2", "Ã ©")).orElseThrow().encode(decomposed))
        .isEqualTo(ids("Ã©"));
    assertThat(read(byteLevel("llama-bpe", "Ã ©")).orElseThrow().encode(decomposed))
        .isEqualTo(ids("e", "Ì", "ģ"));
  }

  @Test
  void encode_controlTokens_areFoundLongestFirst_andStayTextInText() throws IOException {
    normal("<", "|", "e", ">", "x").token("<|e|>", CONTROL, 0).token("<|e|>x", CONTROL, 0);
    token("ee", USER_DEFINED, 0);
    ModelTokenizer tokenizer = read(byteLevel("gpt-2")).orElseThrow();
    assertThat(tokenizer.encode("x<|e|>e")).isEqualTo(ids("x", "<|e|>", "e"));
    assertThat(tokenizer.encode("<|e|>x")).isEqualTo(ids("<|e|>x"));
    assertThat(tokenizer.encode("<|e<|e|>")).isEqualTo(ids("<", "|", "e", "<|e|>"));
    assertThat(tokenizer.encodeText("<|e|>ee")).isEqualTo(ids("<", "|", "e", "|", ">", "ee"));
    assertThat(tokenizer.decode(ids("<|e|>x", "ee"))).isEqualTo("<|e|>xee");
    assertThat(tokenizer.count("x<|e|>")).isEqualTo(2);
  }

  @Test
  void encode_piecesWithoutTokenTypes_areMergedAndTokensKnownByTheirShape() throws IOException {
    token("<s>", 0, 0).token("<0x0A>", 0, 0).token("▁", 0, 0).token("a", 0, 0).token("b", 0, 0);
    token("ab", 0, -1).token("▁ab", 0, -2).token("<|end|>", 0, 0);
    ContainerBytes file =
        new ContainerBytes()
            .text("general.architecture", "llama")
            .text("tokenizer.ggml.model", "llama")
            .texts("tokenizer.ggml.tokens", tokens)
            .floats("tokenizer.ggml.scores", 0, 0, 0, 0, 0, -1, -2, 0)
            .u32("tokenizer.ggml.bos_token_id", 0);
    ModelTokenizer tokenizer = read(file).orElseThrow();

    assertThat(tokenizer.encode("ab\n<|end|>")).isEqualTo(ids("▁ab", "<0x0A>", "<|end|>"));
    assertThat(tokenizer.encodePrompt("ab")).isEqualTo(ids("<s>", "▁ab"));
  }

  @Test
  void encode_controlTokenOf256Characters_isTheLongest() throws IOException {
    normal("<", "a").token("<" + "a".repeat(255), CONTROL, 0);
    token("<<" + "a".repeat(255), CONTROL, 0);
    ModelTokenizer tokenizer = read(byteLevel("gpt-2")).orElseThrow();
    assertThat(tokenizer.encode("<<" + "a".repeat(255))).isEqualTo(ids("<", "<" + "a".repeat(255)));
  }

  @Test
  void encode_specialTokensWithoutTypes_areControlTokens() throws IOException {
    token("a", 0, 0).token("[bos]", 0, 0).token("[eos]", 0, 0).token("[eot]", 0, 0);
    token("[pad]", 0, 0);
    ContainerBytes file =
        byteLevel("gpt-2")
            .u32("tokenizer.ggml.bos_token_id", 1)
            .u32("tokenizer.ggml.eos_token_id", 2)
            .u32("tokenizer.ggml.eot_token_id", 3)
            .u32("tokenizer.ggml.padding_token_id", 4);
    assertThat(read(file).orElseThrow().encode("a[bos][eos][eot][pad]"))
        .isEqualTo(ids("a", "[bos]", "[eos]", "[eot]", "[pad]"));
  }

  @Test
  void encode_tokenOrMergeThatIsListedTwice_theFirstCounts() throws IOException {
    normal("a", "b", "c", "ab", "bc", "ab");
    ModelTokenizer tokenizer = read(byteLevel("gpt-2", "a b", "b c", "a b")).orElseThrow();
    assertThat(tokenizer.encode("abc")).isEqualTo(ids("ab", "c"));
  }

  @Test
  void encodePrompt_modelThatRequiresABeginning_addsItOnce() throws IOException {
    normal("a").token("<s>", CONTROL, 0);
    ContainerBytes file =
        byteLevel("gpt-2")
            .u32("tokenizer.ggml.bos_token_id", 1)
            .flag("tokenizer.ggml.add_bos_token", true);
    ModelTokenizer tokenizer = read(file).orElseThrow();
    assertThat(tokenizer.encodePrompt("a")).isEqualTo(ids("<s>", "a"));
    assertThat(tokenizer.encodePrompt("<s>a")).isEqualTo(ids("<s>", "a"));
    assertThat(tokenizer.encodePrompt("")).isEqualTo(ids("<s>"));
    assertThat(tokenizer.encode("a")).isEqualTo(ids("a"));
    ContainerBytes without = byteLevel("gpt-2").u32("tokenizer.ggml.bos_token_id", 1);
    assertThat(read(without).orElseThrow().encodePrompt("a")).isEqualTo(ids("a"));
    ContainerBytes llama = byteLevel("llama-bpe").u32("tokenizer.ggml.bos_token_id", 1);
    assertThat(read(llama).orElseThrow().encodePrompt("a")).isEqualTo(ids("<s>", "a"));
  }

  @Test
  void encode_pieces_mergesHighestScoreFirst_andFallsBackToBytes() throws IOException {
    token("<unk>", UNKNOWN, 0).token("<s>", CONTROL, 0);
    token("<0xC3>", BYTE, 0).token("<0xA9>", BYTE, 0);
    token("▁", NORMAL, -9).token("a", NORMAL, -9).token("b", NORMAL, -9).token("c", NORMAL, -9);
    token("▁a", NORMAL, -2).token("ab", NORMAL, -1).token("bc", NORMAL, -3);
    token("#", CONTROL, 0).token("ba", CONTROL, 0);
    ModelTokenizer tokenizer = read(file().text("tokenizer.ggml.model", "llama")).orElseThrow();
    assertThat(tokenizer.encode("a")).isEqualTo(ids("▁a"));
    assertThat(tokenizer.encode("abc a")).isEqualTo(ids("▁", "ab", "c", "▁a"));
    assertThat(tokenizer.encode("é")).isEqualTo(ids("▁", "<0xC3>", "<0xA9>"));
    assertThat(tokenizer.encodeText("<s>")[1]).isEqualTo(tokens.indexOf("<unk>"));
    assertThat(tokenizer.encode("<s><unk>")).isEqualTo(ids("<s>", "<unk>"));
    assertThat(tokenizer.encodeText("#")).isEqualTo(ids("▁", "<unk>")); // not the control token
    assertThat(tokenizer.encodeText("ba")).isEqualTo(ids("▁", "b", "a"));
    assertThat(tokenizer.encodeText("日")).isEqualTo(ids("▁", "<unk>")); // not one for each byte
    assertThat(tokenizer.decode(tokenizer.encode("abc é"))).isEqualTo("abc é");
    assertThat(tokenizer.decode(ids("ab"))).isEqualTo("ab"); // no space to omit
    ContainerBytes noPrefix =
        file().text("tokenizer.ggml.model", "llama").flag("tokenizer.ggml.add_space_prefix", false);
    assertThat(read(noPrefix).orElseThrow().encode("a b")).isEqualTo(ids("a", "▁", "b"));
  }

  @Test
  void encode_pieceWithASpaceInside_isFoundAcrossWords() throws IOException {
    token("▁", NORMAL, -9).token("a", NORMAL, -9).token("b", NORMAL, -9);
    token("a▁", NORMAL, -1).token("a▁b", NORMAL, -2).token("<▁>", CONTROL, 0);
    ModelTokenizer tokenizer =
        read(file()
                .text("tokenizer.ggml.model", "llama")
                .flag("tokenizer.ggml.add_space_prefix", false))
            .orElseThrow();
    assertThat(tokenizer.encode("a b a")).isEqualTo(ids("a▁b", "▁", "a"));
    assertThat(tokenizer.decode(ids("a▁b", "<▁>"))).isEqualTo("a b<▁>");
  }

  @Test
  void encode_wordOf300000Characters_ends() throws IOException {
    normal("a", "aa", "aaaa");
    ModelTokenizer tokenizer = read(byteLevel("gpt-2", "a a", "aa aa")).orElseThrow();
    assertThat(tokenizer.count("a".repeat(300_001))).isEqualTo(75_001);
  }

  @Test
  void of_unknownKind_isEmpty() throws IOException {
    normal("a");
    assertThat(read(file().text("tokenizer.ggml.model", "bert"))).isEmpty();
    assertThat(read(file())).isEmpty();
    assertThat(read(byteLevel("of-tomorrow"))).isEmpty();
    assertThat(read(new ContainerBytes().text("general.architecture", "qwen2"))).isEmpty();
  }

  @Test
  void decode_idOutsideTheVocabulary_isRefused() throws IOException {
    normal("a");
    ModelTokenizer tokenizer = read(byteLevel("gpt-2")).orElseThrow();
    assertThatThrownBy(() -> tokenizer.decode(1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tokenizer.decode(-1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "t5, qwen2, 't5 (Unigram)'",
    "bert, qwen2, 'bert (WordPiece)'",
    "rwkv, qwen2, 'its kind, rwkv, is not supported'",
    "gpt2, unheard-of, 'rules for splitting text, unheard-of, are not supported'"
  })
  void unsupported_kindThatCannotBeRead_saysWhichOne(String kind, String words, String expected)
      throws IOException {
    ContainerBytes file =
        file().text("tokenizer.ggml.model", kind).text("tokenizer.ggml.pre", words);
    ModelFile read = ModelFile.read(file.write(folder.resolve("model.rkllm")));

    assertThat(ModelTokenizer.of(read)).isEmpty();
    assertThat(ModelTokenizer.unsupported(read).orElseThrow()).contains(expected);
  }

  @Test
  void unsupported_supportedKindOrNoTokenizer_isEmpty() throws IOException {
    ContainerBytes file = byteLevel("qwen2", "1 2");
    ModelFile read = ModelFile.read(file.write(folder.resolve("model.rkllm")));
    ModelFile without =
        ModelFile.read(
            new ContainerBytes()
                .text("general.architecture", "qwen2")
                .write(folder.resolve("none.rkllm")));

    assertThat(ModelTokenizer.unsupported(read)).isEmpty();
    assertThat(ModelTokenizer.unsupported(without)).isEmpty();
  }

  @Test
  void truncate_aTextThatIsTooLong_keepsItsBeginning() throws IOException {
    normal("a", "b", "ab", "ð", "Ł", "ĺ", "Ģ"); // the last four are the bytes of 😀
    ModelTokenizer tokenizer = read(byteLevel("gpt-2", "a b")).orElseThrow();
    assertThat(tokenizer.truncate("abab", 2)).isEqualTo("abab");
    assertThat(tokenizer.truncate("ababab", 2)).isEqualTo("abab");
    assertThat(tokenizer.truncate("ababab", 0)).isEmpty();
    assertThat(tokenizer.count("a😀")).isEqualTo(5);
    assertThat(tokenizer.truncate("a😀b", 5)).isEqualTo("a😀");
    assertThat(tokenizer.truncate("a😀b", 4)).isEqualTo("a"); // not half a character
    assertThat(tokenizer.truncate("😀", 3)).isEmpty();
    String text = "ab😀aab".repeat(500);
    for (int tokens = 0; tokens < 40; tokens++) {
      String beginning = tokenizer.truncate(text, tokens);
      assertThat(tokenizer.count(beginning)).isBetween(tokens - 3, tokens);
      assertThat(text).startsWith(beginning);
    }
    assertThatThrownBy(() -> tokenizer.truncate("a", -1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
