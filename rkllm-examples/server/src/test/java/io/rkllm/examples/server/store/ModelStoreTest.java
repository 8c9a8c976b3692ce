package io.rkllm.examples.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rkllm.Sampling;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelStoreTest {
  @TempDir Path place;
  Path folder;
  ModelStore store;

  @BeforeEach
  void store() {
    folder = place.resolve("models");
    store = new ModelStore(folder, List.of());
  }

  private Path put(String name, String modelfile) throws IOException {
    Path model = Files.createDirectories(folder.resolve(name));
    Files.writeString(model.resolve("model.rkllm"), "weights of " + name);
    Files.writeString(model.resolve("Modelfile"), "FROM=model.rkllm\n" + modelfile);
    return model;
  }

  private List<String> names() {
    return store.list().stream().map(StoredModel::name).toList();
  }

  private List<Path> everything() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(path -> !path.equals(folder)).map(folder::relativize).sorted().toList();
    }
  }

  @Test
  void list_omitsBrokenAndHiddenModels() throws Exception {
    put("good", "");
    put("broken", "TOP_K=many");
    put(".hidden", "");
    Files.createDirectories(folder.resolve("empty"));

    assertThat(names()).containsExactly("good");
  }

  @Test
  void modelfileOfAnyLength_isNotRead() throws Exception {
    put("good", "");
    Path model = put("large", "");
    try (var modelfile = new RandomAccessFile(model.resolve("Modelfile").toFile(), "rw")) {
      modelfile.setLength(8L << 30); // of holes
    }

    assertThat(names()).containsExactly("good");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.get("large"))
        .withMessageContaining("must be at most 1048576 bytes, was 8589934592");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.create("made", "FROM=good\n" + "LORA=x\n".repeat(200_000)))
        .withMessageContaining("too long");
  }

  @Test
  void fileWithoutFolder_isAModel_andStaysWhereItIs() throws Exception {
    Files.createDirectories(folder);
    Path bare = Files.writeString(folder.resolve("old.rkllm"), "weights");

    assertThat(names()).containsExactly("old");
    assertThat(store.get("old").file()).isEqualTo(bare);
    assertThat(store.get("old:latest").file()).isEqualTo(bare);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.delete("old"))
        .withMessageContaining("delete " + bare);
    assertThat(bare).exists();
  }

  @Test
  void fileBesideAFolderOfTheSameName_isListedOnce() throws Exception {
    put("twice", "");
    Files.writeString(folder.resolve("twice.rkllm"), "weights");

    assertThat(names()).containsExactly("twice");
    assertThat(store.get("twice").folder()).isEqualTo(folder.resolve("twice"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../model.rkllm", "/etc/passwd", "other/../../x.rkllm"})
  void fromOutsideTheFolder_isRefused(String from) throws Exception {
    Path model = put("m", "");
    Files.writeString(folder.resolve("model.rkllm"), "");
    Files.writeString(model.resolve("Modelfile"), "FROM=" + from);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.get("m"))
        .withMessageContaining("not in its folder");
  }

  @Test
  void create_fromAFileThatIsNotAModel_isRejected() throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("notes.txt"), "no model");

    assertThatThrownBy(() -> store.create("m", "FROM notes.txt", folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(".rkllm", "notes.txt");
    assertThat(names()).doesNotContain("m");
  }

  @Test
  void create_fromAnotherModel_takesItsSettingsAndFiles() throws Exception {
    Path base = put("base", "SYSTEM=old\nTEMPERATURE=0.5\nLORA=a.lora\n");
    Files.writeString(base.resolve("a.lora"), "adapter");
    Files.createDirectories(base.resolve("tokenizer"));
    Files.writeString(base.resolve("tokenizer").resolve("tokenizer.json"), "{}");

    StoredModel made = store.create("made", "FROM base\nSYSTEM \"new\"\nNUM_CTX=64");

    assertThat(made.folder()).isEqualTo(folder.resolve("made"));
    assertThat(made.file()).hasContent("weights of base");
    assertThat(made.modelfile().system()).isEqualTo("new");
    assertThat(made.modelfile().contextLength()).isEqualTo(64);
    assertThat(made.modelfile().sampling()).isEqualTo(Sampling.builder().temperature(0.5).build());
    assertThat(made.modelfile().loras()).containsExactly("a.lora");
    assertThat(made.folder().resolve("a.lora")).hasContent("adapter");
    assertThat(made.folder().resolve("tokenizer").resolve("tokenizer.json")).hasContent("{}");
    assertThat(everything()).noneMatch(path -> path.toString().startsWith("."));
  }

  @Test
  void create_fromAnotherModel_outlivesIt() throws Exception {
    put("base", "");
    store.create("made", "FROM=base");

    store.delete("base");

    assertThat(store.get("made").file()).hasContent("weights of base");
  }

  @Test
  void create_overItself_changesItsSettings() throws Exception {
    put("m", "SYSTEM=old\nTOP_K=3");

    StoredModel made = store.create("m", "FROM m\nSYSTEM new");

    assertThat(made.modelfile().system()).isEqualTo("new");
    assertThat(made.modelfile().sampling().topK()).isEqualTo(3);
    assertThat(made.file()).hasContent("weights of m");
    assertThat(everything())
        .containsExactly(Path.of("m"), Path.of("m/Modelfile"), Path.of("m/model.rkllm"));
  }

  @Test
  void create_fromFiles_needsAFolderToNameThemFrom() throws Exception {
    put("base", "");
    Path files = Files.createDirectories(place.resolve("files"));
    Files.writeString(files.resolve("w.rkllm"), "RKLLM-SIMULATOR-MODEL 1");
    Files.writeString(files.resolve("t.jinja"), "{% %}");
    Files.writeString(files.resolve("style.lora"), "adapter");
    String modelfile = "FROM=./w.rkllm\nTEMPLATE=t.jinja\nLORA=" + files.resolve("style.lora");

    StoredModel made = store.create("made", modelfile, files);

    assertThat(made.file()).hasContent("RKLLM-SIMULATOR-MODEL 1");
    assertThat(made.modelfile().from()).isEqualTo("w.rkllm");
    assertThat(made.folder().resolve("t.jinja")).hasContent("{% %}");
    assertThat(made.modelfile().loras()).containsExactly("style.lora");
    assertThatExceptionOfType(UnknownModelException.class)
        .isThrownBy(() -> store.create("other", modelfile))
        .withMessageContaining("FROM must name a model of the store");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.create("other", "FROM=base\nLORA=" + files.resolve("style.lora")))
        .withMessageContaining("LORA names");
  }

  @Test
  void create_localTokenizerPath_isResolved_andRepositoryNameIsUnchanged() throws Exception {
    put("base", "");
    Path tokenizer = Files.createDirectories(place.resolve("qwen"));

    StoredModel local = store.create("local", "FROM=base\nHUGGINGFACE_PATH=./qwen", place);
    StoredModel remote = store.create("remote", "FROM=base\nHUGGINGFACE_PATH=Qwen/Qwen3", place);

    assertThat(local.modelfile().huggingFacePath()).isEqualTo(tokenizer.toString());
    assertThat(remote.modelfile().huggingFacePath()).isEqualTo("Qwen/Qwen3");
  }

  @Test
  void create_thatFails_leavesNothing() throws Exception {
    put("base", "");
    List<Path> before = everything();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.create("made", "FROM=base\nLORA=none.lora"));
    assertThatIllegalArgumentException().isThrownBy(() -> store.create("../made", "FROM=base"));

    assertThat(everything()).isEqualTo(before);
  }

  @Test
  void create_concurrentlyUnderOneName_leavesOneCompleteModel() throws Exception {
    put("base", "");
    List<Callable<StoredModel>> creations =
        IntStream.range(0, 16)
            .mapToObj(
                i ->
                    (Callable<StoredModel>)
                        () ->
                            store.create(
                                "made", "FROM=base\nSYSTEM=s%d\nTOP_K=%d".formatted(i, i + 1)))
            .toList();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (Future<StoredModel> creation : threads.invokeAll(creations)) {
        assertThat(creation.get().file()).hasContent("weights of base");
      }
    }
    Modelfile made = store.get("made").modelfile();
    assertThat(made.system()).isEqualTo("s" + (made.sampling().topK() - 1));
    assertThat(everything()).noneMatch(path -> path.toString().startsWith("."));
  }

  @Test
  void createAndDelete_concurrentlyForManyNames_doNotInterfere() throws Exception {
    put("base", "");
    List<Callable<Boolean>> work =
        IntStream.range(0, 8)
            .mapToObj(i -> (Callable<Boolean>) () -> createAndDelete("m" + i))
            .toList();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (Future<Boolean> done : threads.invokeAll(work)) {
        assertThat(done.get()).isTrue();
      }
    }
    assertThat(names()).containsExactly("base");
    assertThat(everything()).noneMatch(path -> path.toString().startsWith("."));
  }

  private boolean createAndDelete(String name) {
    for (int i = 0; i < 25; i++) {
      store.create(name, "FROM=base");
      store.delete(name);
    }
    return true;
  }

  @Test
  void delete_takesTheWholeFolder_andNothingThatLinksLeadTo() throws Exception {
    Path model = put("m", "");
    Path outside = Files.createDirectories(place.resolve("outside"));
    Files.writeString(outside.resolve("precious"), "");
    Files.createSymbolicLink(model.resolve("link"), outside);
    Files.createSymbolicLink(folder.resolve("linked"), outside);

    store.delete("m");
    store.delete("linked");

    assertThat(everything()).isEmpty();
    assertThat(outside.resolve("precious")).exists();
  }

  @Test
  void delete_ofABrokenModel_works() throws Exception {
    put("broken", "TOP_K=many");

    store.delete("broken");

    assertThat(everything()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", ".", "", "../outside", "/etc", "a/b", "m\0"})
  void delete_invalidName_isRejected(String name) throws Exception {
    put("m", "");

    assertThatIllegalArgumentException().isThrownBy(() -> store.delete(name));
    assertThat(names()).containsExactly("m");
  }

  @Test
  void delete_missingModel_listsTheModels() throws Exception {
    put("m", "");

    assertThatExceptionOfType(UnknownModelException.class)
        .isThrownBy(() -> store.delete("n"))
        .withMessage("there is no model \"n\"; there are m");
  }

  @Test
  void modelOutsideTheStore_cannotBeChanged() throws Exception {
    StoredModel demo = new StoredModel("demo", place, place, Modelfile.of("x"), 0, Instant.EPOCH);
    ModelStore both = new ModelStore(folder, List.of(demo));

    assertThatIllegalArgumentException().isThrownBy(() -> both.delete("demo"));
    assertThatIllegalArgumentException().isThrownBy(() -> both.create("demo", "FROM=demo"));
  }

  @Test
  void leftoversOfACrash_areRemoved() throws Exception {
    put("m", "");
    Path half = Files.createDirectories(folder.resolve(".gone-1").resolve("gone"));
    Files.writeString(half.resolve("model.rkllm"), "");

    store.create("made", "FROM=m");

    assertThat(folder.resolve(".gone-1")).doesNotExist();
    assertThat(names()).containsExactly("m", "made");
  }
}
