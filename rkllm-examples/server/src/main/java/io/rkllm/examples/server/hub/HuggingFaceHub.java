package io.rkllm.examples.server.hub;

import io.rkllm.examples.server.store.ModelName;
import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.Modelfile;
import io.rkllm.examples.server.store.ModelfileWriter;
import io.rkllm.examples.server.store.StoredModel;
import io.rkllm.examples.server.store.UnknownModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Hugging Face hub, or a mirror of it. What is fetched for a model is put together in a hidden
 * folder of the store, where it stays if the pull does not come to its end, and becomes the model
 * when it is complete.
 *
 * <p>Thread-safe.
 */
public final class HuggingFaceHub {
  private static final Logger LOG = LoggerFactory.getLogger(HuggingFaceHub.class);

  private static final String PUBLIC = "https://huggingface.co";
  private static final String TOKENIZER = "tokenizer.json";
  private static final List<String> BESIDE_TOKENIZER =
      List.of("tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json");

  private final HubClient client;
  private final RetryPolicy retryPolicy;

  /**
   * A hub at this address.
   *
   * @param token what it is told to show who asks; null for nobody
   */
  public HuggingFaceHub(URI endpoint, @Nullable String token) {
    this(endpoint, token, RetryPolicy.DEFAULT);
  }

  HuggingFaceHub(URI endpoint, @Nullable String token, RetryPolicy retryPolicy) {
    this.retryPolicy = retryPolicy;
    client = new HubClient(endpoint, token, retryPolicy.stallTimeout());
  }

  /**
   * The one that {@code HF_ENDPOINT} and {@code HF_TOKEN} name, else the public one.
   *
   * @throws IllegalArgumentException if {@code HF_ENDPOINT} is not an address
   */
  public static HuggingFaceHub fromEnvironment() {
    String endpoint = System.getenv("HF_ENDPOINT");
    String token = System.getenv("HF_TOKEN");
    return new HuggingFaceHub(
        address(endpoint == null || endpoint.isBlank() ? PUBLIC : endpoint.strip()),
        token == null || token.isBlank() ? null : token.strip());
  }

  private static URI address(String endpoint) {
    String lower = endpoint.toLowerCase(Locale.ROOT);
    if (lower.startsWith("https://") || lower.startsWith("http://")) {
      try {
        URI address = URI.create(endpoint);
        if (address.getHost() != null) {
          return address;
        }
      } catch (IllegalArgumentException e) {
        // told below
      }
    }
    throw new IllegalArgumentException(
        "HF_ENDPOINT must be an address such as " + PUBLIC + ", was " + endpoint);
  }

  /**
   * Fetches a model into the store. Blocks until it is there.
   *
   * @param reference {@code user/repository/file.rkllm}
   * @param name what it is called in the store; null for the name of the file without its ending
   * @param progress is called ten times a second at most, by the same thread
   * @throws PullException if it could not be fetched; what came so far is kept to go on from
   * @throws InterruptedException if the thread is interrupted meanwhile; as above
   * @throws IllegalArgumentException if the reference is none, or a model cannot be called this
   */
  public StoredModel pull(
      String reference, @Nullable String name, ModelStore store, Consumer<PullProgress> progress)
      throws InterruptedException {
    return pull(reference, name, null, store, progress);
  }

  /**
   * The same with a tokenizer of another repository.
   *
   * @param tokenizer {@code user/repository}; null for that of the model, if it has one
   */
  public StoredModel pull(
      String reference,
      @Nullable String name,
      @Nullable String tokenizer,
      ModelStore store,
      Consumer<PullProgress> progress)
      throws InterruptedException {
    HubReference model = HubReference.parse(reference);
    String called = ModelName.check(ModelName.plain(name == null ? model.modelName() : name));
    if (tokenizer != null) {
      HubReference.inRepository(tokenizer, TOKENIZER); // refused now, not after the download
    }
    try (PullLock _ = PullLock.take(store.folder(), called)) {
      RemoteFile remote = find(model).orElseThrow(() -> missing(model));
      Optional<Modelfile> before = modelfile(store, called);
      Path staged = Files.createDirectories(store.pullFolder(called));
      if (!isThere(store, called, remote)) {
        fetch(remote, staged.resolve(model.fileName()), progress);
      }
      String source = tokenizer == null ? model.repository() : tokenizer;
      Modelfile after = before.orElse(Modelfile.of(model.fileName())).withFrom(model.fileName());
      if (tokenizerOf(source, staged, tokenizer != null)
          && (tokenizer != null || after.huggingFacePath() == null)) {
        after = after.withHuggingFacePath(source);
      }
      if (!before.equals(Optional.of(after))) {
        Files.writeString(staged.resolve(ModelStore.MODELFILE), ModelfileWriter.write(after));
      }
      deleteParts(staged);
      deleteParts(staged.resolve(ModelStore.TOKENIZER));
      return store.install(called, staged);
    } catch (IOException | UncheckedIOException e) {
      throw new PullException("cannot write to " + store.folder() + ": " + e.getMessage());
    }
  }

  /** What pulls of other files under this name have left, or that of a tokenizer that failed. */
  private static void deleteParts(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, ".*")) {
      for (Path part : parts) {
        Files.delete(part);
      }
    }
  }

  private static PullException missing(HubReference model) {
    return new PullException(HubClient.notFound(model, ""));
  }

  private Optional<RemoteFile> find(HubReference file) throws InterruptedException {
    Backoff backoff = new Backoff(retryPolicy);
    while (true) {
      try {
        return client.find(file);
      } catch (IOException e) {
        backoff.pauseAfter(e, "the hub could not be asked for " + file.fileName());
      }
    }
  }

  private static Optional<Modelfile> modelfile(ModelStore store, String name) {
    try {
      return Optional.of(store.get(name).modelfile());
    } catch (UnknownModelException | IllegalArgumentException e) {
      return Optional.empty(); // none, or none that can be used
    }
  }

  /** Whether the store has this very file under this name. */
  private static boolean isThere(ModelStore store, String name, RemoteFile remote)
      throws IOException, InterruptedException {
    Path file = store.folder().resolve(name).resolve(remote.reference().fileName());
    return Files.isRegularFile(file)
        && remote.sha256() != null
        && Files.size(file) == remote.size()
        && Checksum.of(file).equals(remote.sha256());
  }

  private void fetch(RemoteFile remote, Path target, Consumer<PullProgress> progress)
      throws IOException, InterruptedException {
    String file = remote.reference().fileName();
    new Download(
            client,
            retryPolicy,
            remote,
            target,
            new ThrottledProgress(file, remote.size(), progress))
        .run();
  }

  /** Fetches a tokenizer; a failure is no reason to lose the model, which is there already. */
  private boolean tokenizerOf(String repository, Path folder, boolean wanted)
      throws IOException, InterruptedException {
    try {
      boolean found = fetchTokenizer(repository, folder);
      if (wanted && !found) {
        LOG.warn("{} has no {}; the model is used without", repository, TOKENIZER);
      }
      return found;
    } catch (PullException e) {
      LOG.warn("the tokenizer of {} is missing: {}", repository, e.getMessage());
      return false;
    }
  }

  /**
   * Fetches what a repository has of a tokenizer and its chat template into the folder {@value
   * ModelStore#TOKENIZER} in this one. Blocks until it is there.
   *
   * @param repository {@code user/repository}, with {@code @revision} behind it or not
   * @return whether there is a tokenizer
   * @throws PullException if it could not be fetched
   * @throws IOException if it cannot be written
   */
  public boolean fetchTokenizer(String repository, Path folder)
      throws IOException, InterruptedException {
    Optional<RemoteFile> tokenizer = find(HubReference.inRepository(repository, TOKENIZER));
    if (tokenizer.isEmpty()) {
      return false;
    }
    Path place = Files.createDirectories(folder.resolve(ModelStore.TOKENIZER));
    for (String name : BESIDE_TOKENIZER) {
      Optional<RemoteFile> file = find(HubReference.inRepository(repository, name));
      if (file.isPresent()) {
        fetch(file.get(), place.resolve(name), progress -> {});
      }
    }
    fetch(tokenizer.get(), place.resolve(TOKENIZER), progress -> {});
    return true;
  }
}
