package io.rkllm.examples.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rkllm.Sampling;
import io.rkllm.input.MediaTags;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelfileTest {
  private static Modelfile parse(String text) {
    return Modelfile.parse("Modelfile", text);
  }

  private static String system(String line) {
    return String.valueOf(parse("FROM=m.rkllm\n" + line + "\nTOP_K=7\n").system());
  }

  @Test
  void rkllamasOwnFile_isRead() {
    Modelfile modelfile =
        parse(
            """

            FROM="qwen.rkllm"

            HUGGINGFACE_PATH="Qwen/Qwen3-0.6B"

            SYSTEM=""

            TEMPERATURE=0.7

            ENABLE_THINKING=False

            NUM_CTX=4096

            MAX_NEW_TOKENS=1024

            TOP_K=7

            TOP_P=0.5

            REPEAT_PENALTY=1.1

            FREQUENCY_PENALTY=0.0

            PRESENCE_PENALTY=0.0

            MIROSTAT=0

            MIROSTAT_TAU=3

            MIROSTAT_ETA=0.1
            """);

    assertThat(modelfile)
        .isEqualTo(
            new Modelfile(
                "qwen.rkllm",
                "Qwen/Qwen3-0.6B",
                null,
                null,
                null,
                false,
                4096,
                1024,
                Sampling.builder()
                    .temperature(0.7)
                    .topK(7)
                    .topP(0.5)
                    .repeatPenalty(1.1)
                    .frequencyPenalty(0)
                    .presencePenalty(0)
                    .mirostat(0)
                    .mirostatTau(3)
                    .mirostatEta(0.1)
                    .build(),
                null,
                List.of(),
                null));
  }

  @Test
  void ollamasInstructions_areRead() {
    Modelfile modelfile =
        parse(
            """
            # a comment
            FROM ./m.rkllm
            ADAPTER a.lora
            adapter b.lora
            PARAMETER num_ctx 2048
            parameter num_predict -1
            PARAMETER temperature 0.25
            PARAMETER stop "</s>"
            SYSTEM You are C # number one.
            """);

    assertThat(modelfile.from()).isEqualTo("./m.rkllm");
    assertThat(modelfile.loras()).containsExactly("a.lora", "b.lora");
    assertThat(modelfile.contextLength()).isEqualTo(2048);
    assertThat(modelfile.maxNewTokens()).isNull();
    assertThat(modelfile.sampling()).isEqualTo(Sampling.builder().temperature(0.25).build());
    assertThat(modelfile.system()).isEqualTo("You are C # number one.");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "SYSTEM=Be brief.|Be brief.",
        "SYSTEM = Be brief.  # always|Be brief.",
        "SYSTEM Be brief.|Be brief.",
        "system: no|null",
        "SYSTEM=a#b|a#b",
        "SYSTEM=\"a # b\" # c|a # b",
        "SYSTEM=\"say \"please\" first\"|say \"please\" first",
        "SYSTEM=\"say \\\"please\\\"\"|say \"please\"",
        "SYSTEM=\"C:\\\\dir \\x\"|C:\\dir \\x",
        "SYSTEM='it\\n \"is\"'|it\\n \"is\"",
        "SYSTEM=\"\"\"a \"b\" c\"\"\"|a \"b\" c",
        "SYSTEM=|null",
        "SYSTEM|null",
        "SYSTEM=\"\"|null",
        "SYSTEM=Grüße 你好 😀|Grüße 你好 😀",
      },
      delimiter = '|')
  void values_quotedOrNot(String line, String value) {
    if (line.startsWith("system:")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> system(line))
          .withMessage("Modelfile line 2: must be KEY=value or KEY value, was: system: no");
    } else {
      assertThat(system(line)).isEqualTo(value);
    }
  }

  @Test
  @Timeout(30)
  void values_withAMillionBlanks_areReadInLinearTime() {
    assertThat(system("SYSTEM=a" + " ".repeat(1_000_000) + "b")).endsWith("b");
    assertThat(system("SYSTEM=a" + " ".repeat(1_000_000) + "# b")).isEqualTo("a");
  }

  @Test
  void values_overSeveralLines() {
    assertThat(system("SYSTEM=\"\"\"\nYou are\n  # not a comment\nbrief.\n\"\"\""))
        .isEqualTo("You are\n  # not a comment\nbrief.");
    assertThat(system("SYSTEM \"You are\nbrief.\"")).isEqualTo("You are\nbrief.");
    assertThat(system("SYSTEM=\"one\\ntwo\"")).isEqualTo("one\ntwo");
  }

  @Test
  void textAfterAMultilineBlock_isReadToo() {
    Modelfile modelfile = parse("FROM=m\nSYSTEM \"\"\"a\nb\"\"\"\nNUM_CTX=64");

    assertThat(modelfile.contextLength()).isEqualTo(64);
  }

  @Test
  void unclosedQuote_isReportedWithItsLine() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("FROM=m\n\nSYSTEM=\"a\nb\n"))
        .withMessage("Modelfile line 3: the quote \" that is opened here is not closed");
  }

  @Test
  void lastValueCounts_andAnEmptyOneUnsets() {
    assertThat(parse("FROM=a\nFROM=b\nSYSTEM=c\nSYSTEM=").from()).isEqualTo("b");
    assertThat(parse("FROM=a\nFROM=b\nSYSTEM=c\nSYSTEM=").system()).isNull();
  }

  @Test
  void withoutFrom_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("SYSTEM=x"))
        .withMessage("Modelfile has no FROM; it names the .rkllm file, such as FROM=model.rkllm");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "TEMPERATURE=warm|line 2: TEMPERATURE must be a number in [0, 100], was warm",
        "TOP_P=1.5|line 2: TOP_P must be in [0, 1], was 1.5",
        "TOP_K=1.5|line 2: TOP_K must be a whole number, was 1.5",
        "NUM_CTX=16|line 2: NUM_CTX must be in [32, 16384], was 16",
        "TEMPERATURE=NaN|line 2: TEMPERATURE must be in [0, 100], was NaN",
        "MAX_NEW_TOKENS=0|line 2: MAX_NEW_TOKENS must be in [1, 16384], or -1 for no limit, was 0",
        "ENABLE_THINKING=maybe|line 2: ENABLE_THINKING must be true or false, was maybe",
        "PARAMETER mirostat 3|line 2: MIROSTAT must be in [0, 2], was 3",
      })
  void badValue_isRefusedByLineAndRange(String line, String words) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("FROM=m\n" + line))
        .withMessage("Modelfile " + words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "COLOUR=red",
        "PARAMETER stop x",
        "LICENSE free",
        "IMAGE_WIDTH=392",
        "IMG_START=<a>",
        "TEMPLATE \"\"\"{{ .System }} {{ .Prompt }}\"\"\"",
        "NUM_CTX=1000",
      })
  void instructionsWithoutEffect_areWarnedAboutByLine(String line) {
    List<String> warnings = new ArrayList<>();

    assertThat(ModelfileReader.parse("Modelfile", "FROM=m\n" + line, warnings::add)).isNotNull();

    assertThat(warnings).hasSize(1).allMatch(words -> words.startsWith("Modelfile line 2: "));
  }

  @Test
  void contextNotAMultipleOf32_isRoundedDown() {
    assertThat(parse("FROM=m\nNUM_CTX=1000").contextLength()).isEqualTo(992);
  }

  @Test
  void imageKeys_areRead() {
    Modelfile modelfile =
        parse(
            """
            FROM=m
            IMAGE_WIDTH=392
            IMAGE_HEIGHT=392
            N_IMAGE_TOKENS=196
            IMG_START=<|vision_start|>
            IMG_END=<|vision_end|>
            IMG_CONTENT=<|image_pad|>
            """);

    assertThat(modelfile.imageTags()).isEqualTo(MediaTags.QWEN_VL_IMAGE);
    assertThat(modelfile.imageSize()).isEqualTo(new ImageSize(392, 392, 196));
  }

  @Test
  void file_notUtf8_isRejected(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("Modelfile"), new byte[] {'F', (byte) 0xFF});

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelfileReader.readText(file))
        .withMessage(file + " is not UTF-8");
  }

  @Test
  void modelfile_writtenAndRead_isEqual() {
    Random random = new Random(4);
    for (int i = 0; i < 3_000; i++) {
      Modelfile modelfile = anyModelfile(random);
      String text = ModelfileWriter.write(modelfile);

      assertThat(parse(text)).as("%s", text).isEqualTo(modelfile);
    }
  }

  private static Modelfile anyModelfile(Random random) {
    Sampling.Builder sampling = Sampling.builder();
    if (random.nextBoolean()) {
      sampling.temperature(random.nextFloat(0, 100)).topK(random.nextInt(1, 1_000_000));
    }
    if (random.nextBoolean()) {
      sampling.topP(random.nextFloat(0.001f, 1)).mirostat(random.nextInt(3)).mirostatTau(0.3);
    }
    if (random.nextBoolean()) {
      sampling.repeatPenalty(random.nextFloat(0.1f, 2)).frequencyPenalty(-1.25).presencePenalty(2);
    }
    boolean vision = random.nextBoolean();
    return new Modelfile(
        anyText(random),
        random.nextBoolean() ? anyText(random) : null,
        random.nextBoolean() ? anyText(random) : null,
        random.nextBoolean() ? anyText(random) : null,
        random.nextBoolean() ? anyText(random) : null,
        random.nextBoolean() ? random.nextBoolean() : null,
        random.nextBoolean() ? random.nextInt(1, 512) * 32 : null,
        random.nextBoolean() ? random.nextInt(1, 16_384) : null,
        sampling.build(),
        vision ? new MediaTags("", anyText(random), anyText(random)) : null,
        random.nextBoolean() ? List.of(anyText(random), anyText(random)) : List.of(),
        random.nextBoolean() ? anyText(random) : null,
        vision ? new ImageSize(1, 2, 3) : null);
  }

  private static String anyText(Random random) {
    String[] pieces = {
      "\"", "\"\"\"", "'", "\\", "\n", "\r\n", "\t", " ", "#", " # ", "=", "FROM=x", "a", "ü", "😀",
      "{", "\u2028", "\u0085", "\\n"
    };
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(1, 8);
    for (int i = 0; i < length; i++) {
      text.append(pieces[random.nextInt(pieces.length)]);
    }
    return text.toString();
  }
}
