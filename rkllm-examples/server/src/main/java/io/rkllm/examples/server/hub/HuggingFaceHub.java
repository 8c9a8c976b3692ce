package io.rkllm.examples.server.hub;

import io.rkllm.examples.server.store.ModelStore;
import io.rkllm.examples.server.store.StoredModel;
import java.net.URI;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The Hugging Face hub, or a mirror of it. Thread-safe. */
public final class HuggingFaceHub {
  private final URI endpoint;
  private final @Nullable String token;

  /**
   * A hub at this address.
   *
   * @param token what it is told to show who asks; null for nobody
   */
  public HuggingFaceHub(URI endpoint, @Nullable String token) {
    this.endpoint = endpoint;
    this.token = token;
  }

  /** The one that {@code HF_ENDPOINT} and {@code HF_TOKEN} name, else the public one. */
  public static HuggingFaceHub fromEnvironment() {
    String endpoint = System.getenv("HF_ENDPOINT");
    return new HuggingFaceHub(
        URI.create(endpoint == null ? "https://huggingface.co" : endpoint),
        System.getenv("HF_TOKEN"));
  }

  /**
   * Fetches a model into the store. Blocks until it is there.
   *
   * @param reference {@code user/repository/file.rkllm}
   * @param name what it is called in the store; null for the name of the file without its ending
   * @throws PullException if it could not be fetched; what came so far is kept to go on from
   * @throws InterruptedException if the thread is interrupted meanwhile; as above
   */
  public StoredModel pull(
      String reference, @Nullable String name, ModelStore store, Consumer<PullProgress> progress)
      throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    throw new PullException("not there yet: " + endpoint + (token == null ? "" : " with a token"));
  }
}
