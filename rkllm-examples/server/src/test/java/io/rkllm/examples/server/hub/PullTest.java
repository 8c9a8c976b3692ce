package io.rkllm.examples.server.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pulls from a hub that does not always do what it should. */
@Timeout(60)
final class PullTest {
  private static final String REPOSITORY = "user/repo";
  private static final String FILE = "model.rkllm";
  private static final String REFERENCE = REPOSITORY + "/" + FILE;
  private static final RetryPolicy SHORT =
      new RetryPolicy(
          Duration.ofMillis(500),
          Duration.ofMillis(10),
          Duration.ofMillis(40),
          Duration.ofSeconds(5),
          4);

  private final byte[] content = content(300_000);
  private final List<PullProgress> progress = new ArrayList<>();

  @TempDir Path folder;
  HubStub stub;
  ModelStore store;

  /** A model as far as its beginning tells. */
  private static byte[] content(int length) {
    byte[] bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    byte[] begin = "RKLLM-SIMULATOR-MODEL 1\n".getBytes(StandardCharsets.UTF_8);
    System.arraycopy(begin, 0, bytes, 0, begin.length);
    return bytes;
  }

  @BeforeEach
  void begin() throws IOException {
    stub = new HubStub().with(REPOSITORY, FILE, content);
    store = new ModelStore(folder.resolve("models"), List.of());
  }

  @AfterEach
  void end() throws IOException {
    stub.close();
  }

  private HuggingFaceHub hub(@Nullable String token) {
    return new HuggingFaceHub(stub.address(), token, SHORT);
  }

  private StoredModel pull() throws InterruptedException {
    return hub(null).pull(REFERENCE, null, store, progress::add);
  }

  private void assertPulled() throws Exception {
    assertThat(pull().file()).hasBinaryContent(content);
    assertNothingHidden();
  }

  private void assertRefused(String... words) {
    assertThatExceptionOfType(PullException.class)
        .isThrownBy(this::pull)
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
    assertThat(store.list()).isEmpty();
    assertThat(store.folder().resolve("model")).doesNotExist();
  }

  private void assertNothingHidden() throws IOException {
    try (Stream<Path> files = Files.walk(store.folder())) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("."))).isEmpty();
    }
  }

  /** Sends so many bytes of what is asked for, and cuts. */
  private HubStub.Behaviour cutAfter(int bytes) {
    return (request, out) -> {
      HubStub.beginBody(request, out, content.length);
      out.write(content, request.from(), bytes);
      out.flush();
    };
  }

  @Test
  void model_isFetched_withAModelfile() throws Exception {
    StoredModel model = pull();

    assertThat(model.name()).isEqualTo("model");
    assertThat(model.file()).hasBinaryContent(content);
    assertThat(model.folder().resolve("Modelfile")).hasContent("FROM=\"model.rkllm\"\n");
    assertThat(progress.getLast()).isEqualTo(new PullProgress(FILE, 300_000, 300_000));
    assertNothingHidden();
  }

  @Test
  void permissions_ofModelsPulledAndCreated_areThoseOfAnyFile() throws Exception {
    stub.with(REPOSITORY, "tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8));
    pull();
    store.create("made", "FROM=model");
    Path anyFolder = Files.createDirectory(folder.resolve("any"));
    Path anyFile = Files.createFile(folder.resolve("any.txt"));

    try (Stream<Path> all = Files.walk(store.folder())) {
      assertThat(all)
          .hasSizeGreaterThan(8)
          .allSatisfy(
              path ->
                  assertThat(Files.getPosixFilePermissions(path))
                      .as("%s", path)
                      .isEqualTo(
                          Files.getPosixFilePermissions(
                              Files.isDirectory(path) ? anyFolder : anyFile)));
    }
  }

  @Test
  void tokenizer_ofTheRepository_comesAlong() throws Exception {
    stub.with(REPOSITORY, "tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8))
        .with(REPOSITORY, "chat_template.jinja", "{% %}".getBytes(StandardCharsets.UTF_8));

    StoredModel model = pull();

    assertThat(model.modelfile().huggingFacePath()).isEqualTo(REPOSITORY);
    assertThat(model.folder().resolve("tokenizer/tokenizer.json")).hasContent("{}");
    assertThat(model.folder().resolve("tokenizer/chat_template.jinja")).hasContent("{% %}");
  }

  @Test
  void tokenizer_ofAnotherRepository_isNamedInTheModelfile() throws Exception {
    stub.with("Qwen/Qwen3-0.6B", "tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8));

    StoredModel model = hub(null).pull(REFERENCE, "mine", "Qwen/Qwen3-0.6B", store, progress::add);

    assertThat(model.name()).isEqualTo("mine");
    assertThat(model.modelfile().huggingFacePath()).isEqualTo("Qwen/Qwen3-0.6B");
  }

  @Test
  void missingTokenizer_isNotAnError() throws Exception {
    StoredModel model = hub(null).pull(REFERENCE, null, "no/tokenizer", store, progress::add);

    assertThat(model.modelfile().huggingFacePath()).isNull();
  }

  @Test
  void tokenizer_thatDoesNotComeWhole_leavesNothingInTheModel() throws Exception {
    stub.with(REPOSITORY, "tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8));
    stub.plan("GET", cutAfter(content.length));
    stub.plan(
        "GET",
        (request, out) -> {
          HubStub.beginBody(request, out, 2);
          out.write('{');
          out.flush();
        });
    stub.plan(
        "GET",
        Stream.generate(() -> HubStub.status("500 Internal Server Error"))
            .limit(5)
            .toArray(HubStub.Behaviour[]::new));

    StoredModel model = pull();

    assertThat(model.modelfile().huggingFacePath()).isNull();
    assertNothingHidden();
  }

  @Test
  void progress_isNotReportedForEachChunk() throws Exception {
    byte[] large = content(20_000_000);
    stub.with(REPOSITORY, FILE, large);
    long begin = System.nanoTime();

    assertThat(pull().file()).hasSize(large.length);

    long tenths = (System.nanoTime() - begin) / 100_000_000;
    assertThat(progress.size()).isLessThanOrEqualTo((int) tenths + 3);
    assertThat(progress).extracting(PullProgress::completed).isSorted();
  }

  @Test
  void cutConnections_areTakenUpWhereTheyWereCut() throws Exception {
    stub.plan("GET", cutAfter(100_000), cutAfter(1), cutAfter(0), cutAfter(50_000));

    assertPulled();

    assertThat(stub.requests("GET"))
        .extracting(HubStub.Request::from)
        .containsExactly(0, 100_000, 100_001, 100_001, 150_001);
    assertThat(stub.requests("GET").get(1).headers()).containsEntry("if-range", "\"v1\"");
  }

  /** A weak entity tag does not say that the bytes are the same. */
  @Test
  void cutConnection_weakEntityTag_isNotSentWithTheRange() throws Exception {
    stub.plan(
        "GET",
        (_, out) -> {
          HubStub.head(out, "200 OK", "ETag: W/\"v1\"", "Content-Length: " + content.length);
          out.write(content, 0, 100_000);
          out.flush();
        });

    assertPulled();

    assertThat(stub.requests("GET").get(1).from()).isEqualTo(100_000);
    assertThat(stub.requests("GET").get(1).headers()).doesNotContainKey("if-range");
  }

  @Test
  void stall_isACutToo() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    stub.plan(
        "GET",
        (request, out) -> {
          cutAfter(100_000).answer(request, out);
          end.await();
        },
        (request, out) -> end.await()); // not even a status

    assertPulled();

    end.countDown();
    assertThat(stub.requests("GET"))
        .extracting(HubStub.Request::from)
        .containsExactly(0, 100_000, 100_000);
  }

  @Test
  void connectionThatKeepsBreaking_failsWithAMessage_andKeepsThePart() throws Exception {
    stub.plan(
        "GET", cutAfter(1_000), cutAfter(0), cutAfter(0), cutAfter(0), cutAfter(0), cutAfter(0));

    assertRefused(
        "the download of model.rkllm was interrupted", "pulling again continues from there");

    assertPulled();
    assertThat(stub.requests("GET").getLast().from()).isEqualTo(1_000);
  }

  @Test
  void token_isSentOnlyToTheHub() throws Exception {
    stub.with("cdn/files", FILE, content);
    stub.plan(
        "GET",
        HubStub.status(
            "302 Found", "Location: " + stub.otherHost() + "/cdn/files/resolve/main/" + FILE));

    hub("secret").pull(REFERENCE, null, store, progress::add);

    List<HubStub.Request> gets = stub.requests("GET");
    assertThat(gets.get(0).headers()).containsEntry("authorization", "Bearer secret");
    assertThat(gets.get(1).path()).isEqualTo("/cdn/files/resolve/main/" + FILE);
    assertThat(gets.get(1).headers()).doesNotContainKey("authorization");
  }

  @Test
  void redirectOnTheHub_isFollowedWithTheToken() throws Exception {
    stub.with("new/name", FILE, content);
    HubStub.Behaviour moved =
        HubStub.status("307 Temporary Redirect", "Location: /new/name/resolve/main/" + FILE);
    stub.plan("HEAD", moved).plan("GET", moved);

    StoredModel model = hub("secret").pull(REFERENCE, null, store, progress::add);

    assertThat(model.file()).hasBinaryContent(content);
    assertThat(stub.requests("GET").get(1).headers())
        .containsEntry("authorization", "Bearer secret");
  }

  @Test
  void endlessRedirects_failWithAMessage() {
    HubStub.Behaviour round =
        HubStub.status("302 Found", "Location: /" + REPOSITORY + "/resolve/main/" + FILE);
    HubStub.Behaviour[] rounds =
        Stream.generate(() -> round).limit(10).toArray(HubStub.Behaviour[]::new);
    stub.plan("HEAD", rounds);

    assertRefused("redirected more than 7 times");
  }

  @Test
  void redirectToNoWebAddress_isRefused() {
    stub.plan("HEAD", HubStub.status("302 Found", "Location: file:///etc/passwd"));

    assertRefused("redirects to an address that is not allowed: file:///etc/passwd");
  }

  @Test
  void moreThanTheHubSaid_isRefused() throws Exception {
    stub.plan(
        "GET",
        (request, out) -> {
          HubStub.head(out, "200 OK");
          out.write(content);
          out.write(content);
          out.flush();
        });

    assertRefused("the hub says that model.rkllm has 300000 bytes, and sends more");
    assertPulled();
    assertThat(stub.requests("GET").getLast().from()).isZero();
  }

  @Test
  void lessThanTheHubSaid_isAskedForAgain_andThenRefused() {
    HubStub.Behaviour less =
        (request, out) -> {
          HubStub.head(out, "200 OK", "Content-Length: 1000");
          out.write(content, 0, 1000);
          out.flush();
        };
    stub.plan("GET", less, HubStub.status("416 Range Not Satisfiable"));

    assertRefused("has 300000 bytes, but has nothing after byte 1000");
  }

  @Test
  void anotherLengthInTheSecondPart_isRefused() {
    stub.plan(
        "GET",
        cutAfter(1000),
        (request, out) -> {
          HubStub.head(out, "206 Partial Content", "Content-Range: bytes 1000-1999/2000");
          out.flush();
        });

    assertRefused("has 300000 bytes, and then that it has 2000");
  }

  @Test
  void partThatWasNotAskedFor_isNotUsed() throws Exception {
    stub.plan(
        "GET",
        cutAfter(1000),
        (request, out) -> {
          HubStub.head(out, "206 Partial Content", "Content-Range: bytes 500-299999/300000");
          out.write(content, 500, 299_500);
          out.flush();
        });

    assertPulled();
  }

  @Test
  void hubWithoutRanges_sendsAllAgain() throws Exception {
    stub.plan(
        "GET",
        cutAfter(1000),
        (request, out) -> {
          HubStub.head(out, "200 OK", "Content-Length: " + content.length);
          out.write(content);
          out.flush();
        });

    assertPulled();
  }

  @Test
  void wrongContent_isThrownAway() throws Exception {
    byte[] other = content.clone();
    other[12_345]++;
    stub.plan(
        "GET",
        (request, out) -> {
          HubStub.beginBody(request, out, other.length);
          out.write(other);
          out.flush();
        });

    assertRefused("damaged on the way", HubStub.sha256(content));
    assertPulled();
    assertThat(stub.requests("GET").getLast().from()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 Unauthorized|x|user/repo does not exist or is private",
        "403 Forbidden|GatedRepo|accept its license at",
        "404 Not Found|EntryNotFound|there is no file model.rkllm in user/repo",
        "418 I'm a teapot|x|the hub responds with status 418",
      })
  void errorResponses_areReadable_andNotRetried(String status, String code, String words) {
    stub.plan("HEAD", HubStub.status(status, "X-Error-Code: " + code));

    assertRefused(words);

    assertThat(stub.requests("HEAD")).hasSize(1);
    assertThat(stub.requests("GET")).noneMatch(get -> get.path().contains("/resolve/"));
  }

  @Test
  void rejectedToken_isReported() {
    stub.plan("HEAD", HubStub.status("401 Unauthorized"));

    assertThatExceptionOfType(PullException.class)
        .isThrownBy(() -> hub("secret").pull(REFERENCE, null, store, progress::add))
        .withMessageContaining("HF_TOKEN")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
  }

  @Test
  void refusalInTheMiddle_isFinal() {
    stub.plan("GET", cutAfter(1000), HubStub.status("403 Forbidden"));

    assertRefused("accept its license");
  }

  @Test
  void busyHub_isAskedAgain() throws Exception {
    stub.plan("HEAD", HubStub.status("500 Internal Server Error"), HubStub.status("429 Too Many"));
    stub.plan(
        "GET",
        HubStub.status("503 Service Unavailable"),
        HubStub.status("429 Too Many Requests", "Retry-After: 1"));
    long begin = System.nanoTime();

    assertPulled();

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofSeconds(1));
  }

  @Test
  void hub_busyForLong_isNotRetriedForever() {
    stub.plan("HEAD", HubStub.status("429 Too Many Requests", "Retry-After: 7200"));

    assertRefused("wait 120 minutes");
  }

  @Test
  void hubThatAlwaysFails_isNotRetriedForever() {
    stub.plan(
        "HEAD",
        Stream.generate(() -> HubStub.status("500 Internal Server Error"))
            .limit(9)
            .toArray(HubStub.Behaviour[]::new));

    assertRefused("the hub responds with status 500", "after 3 attempts");
  }

  // ---- Files that are not what their names say

  private static final byte[] LOGIN_PAGE =
      "<!DOCTYPE html>\n<title>Please log in</title>".getBytes(StandardCharsets.UTF_8);

  /** Sends a file without a size or a checksum, also where it was asked to describe it. */
  private static HubStub.Behaviour bare(byte[] file) {
    return (request, out) -> {
      HubStub.head(out, "200 OK");
      if (request.method().equals("GET")) {
        out.write(file);
      }
      out.flush();
    };
  }

  private static List<Arguments> strangers() {
    return List.of(
        arguments(LOGIN_PAGE, "web page"),
        arguments(
            "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n"
                .getBytes(StandardCharsets.UTF_8),
            "pointer of Git LFS"),
        arguments("GGUF\3\0\0\0".getBytes(StandardCharsets.UTF_8), "GGUF"),
        arguments(new byte[0], "empty"),
        arguments("RKNN".getBytes(StandardCharsets.UTF_8), "encoder"),
        arguments(
            new byte[] {(byte) 0xda, (byte) 0xee, (byte) 0xb3, 0x36, 3, 0, 0, 0, 9}, "cut off"),
        arguments("{\"error\":\"no\"}".getBytes(StandardCharsets.UTF_8), "not a model file"));
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void file_notAModel_replacesNothing(byte[] stranger, String words) throws Exception {
    Path model = pull().file();
    stub.with(REPOSITORY, FILE, stranger);

    assertThatExceptionOfType(PullException.class) // with the size and checksum of the stranger
        .isThrownBy(this::pull)
        .withMessageContainingAll("model.rkllm", words, "nothing was replaced");

    stub.plan("HEAD", bare(stranger)).plan("GET", bare(stranger));
    assertThatExceptionOfType(PullException.class)
        .isThrownBy(this::pull)
        .withMessageContainingAll("model.rkllm", words, "nothing was replaced");
    assertThat(model).hasBinaryContent(content);
    assertThat(store.get("model").size()).isEqualTo(content.length);
  }

  @Test
  void model_withoutSizeAndChecksum_isPulled() throws Exception {
    stub.plan("HEAD", bare(content)).plan("GET", bare(content));

    assertPulled();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<html>log in",
        "version https://git-lfs.github.com/spec/v1",
        "[]",
        "{\"model\": ",
        "{]",
        "",
      })
  void tokenizer_invalidFile_replacesNothing(String stranger) throws Exception {
    stub.with(REPOSITORY, "tokenizer.json", "{\"version\": 1}".getBytes(StandardCharsets.UTF_8));
    pull();
    stub.with(REPOSITORY, "tokenizer.json", stranger.getBytes(StandardCharsets.UTF_8));

    StoredModel model = pull();

    assertThat(model.folder().resolve("tokenizer/tokenizer.json")).hasContent("{\"version\": 1}");
    assertNothingHidden();
  }

  @Test
  void template_webPageAfterAnEmptyLine_replacesNothing() throws Exception {
    stub.with(REPOSITORY, "tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8))
        .with(REPOSITORY, "chat_template.jinja", "{% %}".getBytes(StandardCharsets.UTF_8));
    pull();
    stub.with(
        REPOSITORY, "chat_template.jinja", "\r\n <!DOCTYPE html>".getBytes(StandardCharsets.UTF_8));

    StoredModel model = pull();

    assertThat(model.folder().resolve("tokenizer/chat_template.jinja")).hasContent("{% %}");
  }

  // ---- References that need an answer that helps

  @Test
  void repository_withoutAFile_listsItsModels() {
    stub.with(REPOSITORY, "sub/other.rkllm", content).with(REPOSITORY, "README.md", LOGIN_PAGE);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> hub(null).pull(REPOSITORY, null, store, progress::add))
        .withMessage(
            "user/repo has several files; pull one of them:"
                + "\n  user/repo/model.rkllm\n  user/repo/sub/other.rkllm");
    assertThat(stub.requests("HEAD")).isEmpty();
  }

  @Test
  void file_thatIsNotThere_listsTheModels() {
    assertThatExceptionOfType(PullException.class)
        .isThrownBy(() -> hub(null).pull("user/repo/qwen.rkllm", null, store, progress::add))
        .withMessage(
            "there is no file qwen.rkllm in user/repo at revision main: check the name; the models"
                + " in it are:\n  user/repo/model.rkllm");
  }

  @Test
  void repository_thatIsNotThere_saysSo() {
    assertThatExceptionOfType(PullException.class)
        .isThrownBy(() -> hub(null).pull("no/where", null, store, progress::add))
        .withMessage("the hub has no repository no/where with a revision main: check the names");
    assertThatExceptionOfType(PullException.class)
        .isThrownBy(() -> hub(null).pull("no/where/x.rkllm", null, store, progress::add))
        .withMessage("there is no file x.rkllm in no/where at revision main: check the name");
  }

  @Test
  void file_ofAnotherKind_saysWhatListsTheModels() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hub(null).pull("user/repo/q4.gguf", null, store, progress::add))
        .withMessage(
            "user/repo/q4.gguf is not an .rkllm file; rkllm pull user/repo lists the models of the"
                + " repository");
    assertThat(stub.requests("GET")).isEmpty();
  }

  @Test
  void repositoryWithoutModels_failsWithAMessage() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                hub(null).pull("https://huggingface.co/no/models/tree/main", null, store, x -> {}))
        .withMessageContaining("no/models has no .rkllm file");
  }

  @Test
  void pageOfAFile_isPulled() throws Exception {
    String page = "https://huggingface.co/" + REPOSITORY + "/blob/main/" + FILE;

    assertThat(hub(null).pull(page, null, store, progress::add).file()).hasBinaryContent(content);
  }

  @Test
  void unreachableHub_failsWithAMessage() throws Exception {
    stub.close();

    assertRefused("cannot ask the hub for model.rkllm: ", "check the network, and HF_ENDPOINT");
  }

  @Test
  void interruptedPull_isResumedByTheNext() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    stub.plan(
        "GET",
        (request, out) -> {
          cutAfter(200_000).answer(request, out);
          end.await();
        });
    List<Exception> thrown = new ArrayList<>();
    HuggingFaceHub patient = new HuggingFaceHub(stub.address(), null);
    Thread puller =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    patient.pull(REFERENCE, null, store, progress -> {});
                  } catch (InterruptedException | RuntimeException e) {
                    thrown.add(e);
                  }
                });
    Path part = store.pullFolder("model").resolve(".model.rkllm.part");
    await().until(() -> Files.exists(part) && Files.size(part) == 200_000);

    puller.interrupt();
    puller.join();
    end.countDown();

    assertThat(thrown).singleElement().isInstanceOf(InterruptedException.class);
    assertThat(store.list()).isEmpty();
    assertPulled();
    assertThat(stub.requests("GET").getLast().from()).isEqualTo(200_000);
  }

  @Test
  void partOfAnotherVersion_isNotResumed() throws Exception {
    stub.plan("GET", cutAfter(1_000), HubStub.status("403 Forbidden"));
    assertRefused("license");
    stub.with(REPOSITORY, FILE, content(200_000));

    assertThat(pull().file()).hasSize(200_000);
    assertThat(stub.requests("GET").getLast().from()).isZero();
  }

  @Test
  void secondPullOfTheSameModel_isRefused_whileTheFirstRuns() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    stub.plan(
        "GET",
        (request, out) -> {
          goOn.await();
          stub.well(request, out);
        });
    HuggingFaceHub patient = new HuggingFaceHub(stub.address(), null);
    Thread first =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    patient.pull(REFERENCE, null, store, progress -> {});
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    await().until(() -> !stub.requests("GET").isEmpty());

    assertThatExceptionOfType(PullException.class)
        .isThrownBy(this::pull)
        .withMessageContaining("is already being pulled");

    goOn.countDown();
    first.join();
    assertThat(store.get("model").file()).hasBinaryContent(content);
    assertNothingHidden();
  }

  @Test
  void modelThatIsThere_isNotFetchedAgain_andKeepsItsSettings() throws Exception {
    StoredModel before = pull();
    Files.writeString(before.folder().resolve("Modelfile"), "FROM=model.rkllm\nTOP_K=3 # mine\n");

    StoredModel after = pull();

    assertThat(stub.requests("GET")).hasSize(1);
    assertThat(after.folder().resolve("Modelfile"))
        .hasContent("FROM=model.rkllm\nTOP_K=3 # mine\n");
  }

  @Test
  void newerVersion_replacesTheModel_andKeepsItsSettings() throws Exception {
    Files.writeString(pull().folder().resolve("Modelfile"), "FROM=model.rkllm\nTOP_K=3\n");
    byte[] newer = content(123_456);
    stub.with(REPOSITORY, FILE, newer);

    StoredModel model = pull();

    assertThat(model.file()).hasBinaryContent(newer);
    assertThat(model.modelfile().sampling().topK()).isEqualTo(3);
  }

  @Test
  void filesOfEarlierPulls_underThisName_areNotInstalled() throws Exception {
    stub.with(REPOSITORY, "other.rkllm", content(1_000_000));
    stub.plan("GET", cutAfter(1_000), HubStub.status("403 Forbidden"));
    assertThatExceptionOfType(PullException.class)
        .isThrownBy(
            () -> hub(null).pull(REPOSITORY + "/other.rkllm", "model", store, progress::add));
    assertPulled();

    Path staged = Files.createDirectories(store.pullFolder("model"));
    Files.writeString(staged.resolve("model.rkllm"), "of a version that is not there any more");
    assertPulled();
  }

  @Test
  void deletedModel_leavesNoPart() throws Exception {
    stub.plan("GET", cutAfter(1_000), HubStub.status("403 Forbidden"));
    assertRefused("license");

    store.delete("model");

    try (Stream<Path> files = Files.list(store.folder())) {
      assertThat(files).isEmpty();
    }
  }

  /** With a file system of four megabytes, as far as this machine lets us have one. */
  @Test
  void fullDisk_failsWithAMessage_andKeepsThePart() throws Exception {
    Path small = Files.createDirectories(folder.resolve("small"));
    int mounted =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small.toString())
            .redirectErrorStream(true)
            .start()
            .waitFor();
    Assumptions.assumeTrue(mounted == 0, "no right to mount a small file system");
    try {
      store = new ModelStore(small, List.of());
      assertTooLargeIsRefusedAtOnce();
      assertDiskThatFillsUp(small);
    } finally {
      new ProcessBuilder("umount", small.toString()).start().waitFor();
    }
  }

  private void assertTooLargeIsRefusedAtOnce() {
    stub.with(REPOSITORY, FILE, content(5_000_000));

    assertRefused("the disk is full: model.rkllm needs 5.0 MB more (5000000 bytes)");

    assertThat(stub.requests("GET")).isEmpty();
  }

  private void assertDiskThatFillsUp(Path small) throws Exception {
    byte[] large = content(3_000_000);
    stub.with(REPOSITORY, FILE, large);
    Path filler = small.resolve("filler");
    stub.plan(
        "GET",
        (request, out) -> {
          HubStub.beginBody(request, out, large.length);
          out.write(large, 0, 1_000_000);
          out.flush();
          await().until(() -> Files.size(partIn(small)) == 1_000_000);
          Files.write(filler, new byte[2_500_000]);
          out.write(large, 1_000_000, 2_000_000);
          out.flush();
        });

    assertRefused("the disk is full: model.rkllm needs ", "kept: free some space");

    assertThat(Files.size(partIn(small))).isGreaterThanOrEqualTo(1_000_000);
    Files.delete(filler);
    assertThat(pull().file()).hasBinaryContent(large);
    assertThat(stub.requests("GET").getLast().from()).isGreaterThanOrEqualTo(1_000_000);
  }

  private static Path partIn(Path folder) {
    return folder.resolve(".model.part").resolve(".model.rkllm.part");
  }

  @ParameterizedTest
  @CsvSource({
    "user/repo/file.rkllm, user/repo, main, file.rkllm, file",
    "hf/user/repo/file.rkllm, user/repo, main, file.rkllm, file",
    "huggingface.co/user/repo/file.rkllm, user/repo, main, file.rkllm, file",
    "user/repo/file.rkllm@v1, user/repo, v1, file.rkllm, file",
    "user/repo@v1/file.rkllm, user/repo, v1, file.rkllm, file",
    "user/repo/sub/file.rkllm, user/repo, main, sub/file.rkllm, file",
    "user/repo/file.rkllm/mine:1b, user/repo, main, file.rkllm, mine:1b",
    "user/repo/a file (1).rkllm, user/repo, main, a file (1).rkllm, a-file--1-",
    "https://huggingface.co/user/repo/blob/main/file.rkllm, user/repo, main, file.rkllm, file",
    "https://huggingface.co/user/repo/resolve/v1/sub/file.rkllm?download=true, user/repo, v1,"
        + " sub/file.rkllm, file",
    "http://www.hf.co/user/repo/file.rkllm#x, user/repo, main, file.rkllm, file",
  })
  void references_areUnderstood(
      String reference, String repository, String revision, String file, String name) {
    HubReference read = HubReference.parse(reference);

    assertThat(read.repository()).isEqualTo(repository);
    assertThat(read.revision()).isEqualTo(revision);
    assertThat(read.file()).isEqualTo(file);
    assertThat(read.modelName()).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({
    "qwen3",
    "user/repo/file.gguf",
    "user/../file.rkllm",
    "../../x/file.rkllm",
    "user/repo/../../file.rkllm",
    "user//file.rkllm",
    "user/repo/file.rkllm/../../x",
    "user/repo/file.rkllm/a/b",
    "user/repo/file.rkllm@a?b",
    "https://example.org/user/repo/file.rkllm",
    "https://huggingface.co/user",
  })
  void invalidReference_isRejected(String reference) {
    assertThatIllegalArgumentException().isThrownBy(() -> HubReference.parse(reference));
  }

  @Test
  void addressOfAFile_isEscaped() {
    assertThat(HubReference.parse("user/repo/a ü?#%.rkllm").uri("https://hub"))
        .hasToString("https://hub/user/repo/resolve/main/a%20%C3%BC%3F%23%25.rkllm");
  }
}
