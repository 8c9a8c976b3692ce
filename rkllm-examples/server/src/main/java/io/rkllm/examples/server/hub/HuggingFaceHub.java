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
 * Pulls models from the Hugging Face hub or a mirror of it. The files of a model are collected in a
 * hidden folder of the store, which is kept if the pull fails, and installed when they are complete
 * and checked.
 *
 * <p>Thread-safe.
 */
public final class HuggingFaceHub {
  private static final Logger LOG = LoggerFactory.getLogger(HuggingFaceHub.class);

  private static final String PUBLIC = "https://huggingface.co";
  private static final int MAX_LISTED = 50;
  private static final String TOKENIZER = "tokenizer.json";
  private static final List<String> BESIDE_TOKENIZER =
      List.of("tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json");

  private final HubClient client;
  private final RetryPolicy retryPolicy;

  /**
   * Creates a client of the hub at an address.
   *
   * @param token the access token; null for anonymous requests
   */
  public HuggingFaceHub(URI endpoint, @Nullable String token) {
    this(endpoint, token, RetryPolicy.DEFAULT);
  }

  HuggingFaceHub(URI endpoint, @Nullable String token, RetryPolicy retryPolicy) {
    this.retryPolicy = retryPolicy;
    client = new HubClient(endpoint, token, retryPolicy);
  }

  /**
   * Returns the hub that is configured by {@code HF_ENDPOINT} and {@code HF_TOKEN}; by default the
   * public hub, without a token.
   *
   * @throws IllegalArgumentException if {@code HF_ENDPOINT} is not a valid address
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
        // rejected below
      }
    }
    throw new IllegalArgumentException(
        "HF_ENDPOINT must be a URL such as " + PUBLIC + ", was " + endpoint);
  }

  /**
   * Pulls a model into the store. Blocks until it is installed. An existing model is replaced only
   * by a file that was checked.
   *
   * @param reference {@code user/repository/file.rkllm}, or the address of the file's page
   * @param name the name of the model in the store; null for the name of the file without its
   *     extension
   * @param progress is called at most ten times a second, on the calling thread
   * @throws PullException if the model cannot be pulled; what was received is kept, and the next
   *     pull continues from there
   * @throws InterruptedException if the thread is interrupted; what was received is kept
   * @throws IllegalArgumentException if the reference or the name is invalid; if the reference
   *     names a repository, the message lists its models
   */
  public StoredModel pull(
      String reference, @Nullable String name, ModelStore store, Consumer<PullProgress> progress)
      throws InterruptedException {
    return pull(reference, name, null, store, progress);
  }

  /**
   * Pulls a model with the tokenizer of another repository.
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
    if (model.isRepository()) {
      throw new IllegalArgumentException(choice(model));
    }
    String called = ModelName.check(ModelName.plain(name == null ? model.modelName() : name));
    if (tokenizer != null) {
      HubReference.inRepository(
          tokenizer, TOKENIZER); // rejected before the download rather than after it
    }
    try (PullLock _ = PullLock.take(store.folder(), called)) {
      RemoteFile remote = found(model);
      Optional<Modelfile> before = modelfile(store, called);
      Path staged = Files.createDirectories(store.pullFolder(called));
      if (!isThere(store, called, remote)) {
        fetch(remote, staged.resolve(model.fileName()), progress);
      } else {
        Files.deleteIfExists(staged.resolve(model.fileName())); // of an earlier pull
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

  /** Deletes the files left by earlier pulls of other files under this name, or of a tokenizer. */
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

  /** Returns the file of a model. If there is none, the exception lists the models there are. */
  private RemoteFile found(HubReference model) throws InterruptedException {
    Optional<RemoteFile> found = find(model);
    if (found.isPresent()) {
      return found.get();
    }
    String missing = HubClient.notFound(model, "");
    List<String> others = models(model);
    throw new PullException(
        others.isEmpty() ? missing : missing + "; the models in it are:" + String.join("", others));
  }

  /**
   * Requests the properties of a file before anything is transferred. Empty if the hub has no such
   * file.
   */
  private Optional<RemoteFile> find(HubReference file) throws InterruptedException {
    return ask("cannot ask the hub for " + file.fileName(), () -> client.find(file));
  }

  private interface Question<T> {
    T ask() throws IOException, InterruptedException;
  }

  private <T> T ask(String failure, Question<T> question) throws InterruptedException {
    Backoff backoff = new Backoff(retryPolicy.beforeTransfer(), "nothing was transferred");
    while (true) {
      try {
        return question.ask();
      } catch (IOException e) {
        if (HubClient.isUnreachable(e)) { // not a matter of seconds
          throw new PullException(
              failure
                  + ": "
                  + e.getMessage()
                  + "; check the network, and HF_ENDPOINT if it is set");
        }
        backoff.pauseAfter(e, failure);
      }
    }
  }

  /** Returns the message for a reference that names a repository, but no file in it. */
  private String choice(HubReference repository) throws InterruptedException {
    List<String> models = models(repository);
    if (models.isEmpty()) {
      return repository.repository()
          + " has no .rkllm file at revision "
          + repository.revision()
          + "; the runtime needs a model that was converted with the RKLLM toolkit";
    }
    return repository.repository()
        + (models.size() == 1 ? " has one model; pull" : " has several files; pull one of them")
        + ":"
        + String.join("", models);
  }

  /** Returns a line for each model of a repository, as it is pulled. */
  private List<String> models(HubReference repository) throws InterruptedException {
    return ask(
            "cannot ask the hub for the files of " + repository.repository(),
            () -> client.files(repository))
        .stream()
        .filter(file -> file.endsWith(HubReference.ENDING))
        .limit(MAX_LISTED)
        .map(file -> "\n  " + repository.withFile(file))
        .toList();
  }

  private static Optional<Modelfile> modelfile(ModelStore store, String name) {
    try {
      return Optional.of(store.get(name).modelfile());
    } catch (UnknownModelException | IllegalArgumentException e) {
      return Optional.empty(); // there is no such model, or it is invalid
    }
  }

  /** Returns whether the store has this very file under this name. */
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

  /** Pulls a tokenizer, if there is one; the model is installed even if that fails. */
  private boolean tokenizerOf(String repository, Path folder, boolean wanted)
      throws IOException, InterruptedException {
    try {
      boolean found = fetchTokenizer(repository, folder);
      if (wanted && !found) {
        LOG.warn("{} has no {}; the model is used without a tokenizer", repository, TOKENIZER);
      }
      return found;
    } catch (PullException e) {
      LOG.warn("the tokenizer of {} cannot be pulled: {}", repository, e.getMessage());
      return false;
    }
  }

  /**
   * Pulls the tokenizer and the chat template of a repository into the subfolder {@value
   * ModelStore#TOKENIZER} of a folder. Blocks until they are there.
   *
   * @param repository {@code user/repository}, optionally followed by {@code @revision}
   * @return whether the repository has a tokenizer
   * @throws PullException if it cannot be pulled
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
