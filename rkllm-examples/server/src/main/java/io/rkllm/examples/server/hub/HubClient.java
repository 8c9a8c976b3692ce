package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks a hub for files. Redirects are followed here and not by the HTTP client, so that the token
 * goes to the hub's own address alone. Thread-safe.
 */
final class HubClient {
  private static final int MAX_REDIRECTS = 8;
  private static final String LINKED_SIZE = "X-Linked-Size";
  private static final String LINKED_TAG = "X-Linked-Etag";

  private final URI endpoint;
  private final @Nullable String token;
  private final Duration timeout;
  private final HttpClient http;

  /**
   * A client of one hub.
   *
   * @param timeout how long an answer may take to begin
   */
  HubClient(URI endpoint, @Nullable String token, Duration timeout) {
    this.endpoint = endpoint;
    this.token = token;
    this.timeout = timeout;
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout)
            .build();
  }

  /**
   * What the hub says of a file; empty if it has none.
   *
   * @throws PullException if it does not give it to us
   * @throws IOException if it may help to ask again
   */
  Optional<RemoteFile> find(HubReference reference) throws IOException, InterruptedException {
    URI uri = reference.uri(base());
    for (int i = 0; i < MAX_REDIRECTS; i++) {
      HttpResponse<InputStream> response = send("HEAD", uri, Map.of());
      response.body().close();
      Optional<String> size = response.headers().firstValue(LINKED_SIZE);
      if (size.isPresent() && response.statusCode() < 400) { // the file lies elsewhere
        String tag = response.headers().firstValue(LINKED_TAG).orElse("");
        return Optional.of(described(reference, size, tag));
      }
      if (isRedirect(response)) {
        uri = redirected(uri, response);
        continue;
      }
      if (response.statusCode() == 404) {
        return Optional.empty();
      }
      if (response.statusCode() != 200) {
        throw refusal(reference, response);
      }
      return Optional.of(
          described(
              reference,
              response.headers().firstValue("Content-Length"),
              response.headers().firstValue("ETag").orElse("")));
    }
    throw tooManyRedirects(reference);
  }

  private static RemoteFile described(HubReference reference, Optional<String> size, String tag) {
    String plain = tag.replaceFirst("^W/", "").replace("\"", "").toLowerCase(Locale.ROOT);
    boolean isSha256 = plain.matches("[0-9a-f]{64}");
    long bytes = size.filter(text -> text.matches("[0-9]{1,18}")).map(Long::parseLong).orElse(-1L);
    return new RemoteFile(reference, bytes, isSha256 ? plain : null, plain);
  }

  /**
   * Begins to fetch a file; its body is to be closed.
   *
   * @param headers further ones, such as Range
   * @throws PullException if the hub does not give it to us
   * @throws IOException if it may help to ask again
   */
  HttpResponse<InputStream> get(HubReference reference, Map<String, String> headers)
      throws IOException, InterruptedException {
    URI uri = reference.uri(base());
    for (int i = 0; i < MAX_REDIRECTS; i++) {
      HttpResponse<InputStream> response = send("GET", uri, headers);
      int status = response.statusCode();
      if (status == 200 || status == 206 || status == 416) {
        return response;
      }
      response.body().close();
      if (!isRedirect(response)) {
        throw refusal(reference, response);
      }
      uri = redirected(uri, response);
    }
    throw tooManyRedirects(reference);
  }

  private String base() {
    return endpoint.toString().replaceFirst("/+$", "");
  }

  private HttpResponse<InputStream> send(String method, URI uri, Map<String, String> headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(method, BodyPublishers.noBody())
            .header("User-Agent", "rkllm-java")
            .header("Accept-Encoding", "identity"); // sizes and ranges are those of the file
    headers.forEach(request::header);
    if (token != null && isHub(uri)) {
      request.header("Authorization", "Bearer " + token);
    }
    CompletableFuture<HttpResponse<InputStream>> response =
        http.sendAsync(request.build(), BodyHandlers.ofInputStream());
    try {
      return response.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new TransientHubException("no answer within " + timeout.toSeconds() + " s", null);
    } catch (ExecutionException e) {
      throw new IOException(words(uri, e.getCause()), e);
    } finally {
      response.cancel(true); // no effect once it is there
    }
  }

  private static String words(URI uri, @Nullable Throwable cause) {
    if (cause == null || cause.getMessage() == null) {
      return uri.getHost() + " cannot be reached";
    }
    return uri.getHost() + ": " + cause.getMessage();
  }

  private boolean isHub(URI uri) {
    return Objects.equals(uri.getScheme(), endpoint.getScheme())
        && Objects.equals(uri.getHost(), endpoint.getHost())
        && uri.getPort() == endpoint.getPort();
  }

  private static boolean isRedirect(HttpResponse<?> response) {
    return switch (response.statusCode()) {
      case 301, 302, 303, 307, 308 -> true;
      default -> false;
    };
  }

  private static URI redirected(URI from, HttpResponse<?> response) {
    String location = response.headers().firstValue("Location").orElse("");
    try {
      URI to = from.resolve(location);
      boolean secure = "https".equals(to.getScheme());
      boolean plain = "http".equals(to.getScheme()) && "http".equals(from.getScheme());
      if (to.getHost() != null && (secure || plain)) {
        return to;
      }
    } catch (IllegalArgumentException e) {
      // told below
    }
    throw new PullException("the hub redirects to where nobody can go: " + location);
  }

  private PullException tooManyRedirects(HubReference reference) {
    return new PullException("the hub redirects round and round at " + reference.uri(base()));
  }

  private IOException refusal(HubReference reference, HttpResponse<?> response) {
    int status = response.statusCode();
    String repository = reference.repository();
    String code = response.headers().firstValue("X-Error-Code").orElse("");
    if (status == 429 || status == 408 || status >= 500) {
      return new TransientHubException("the hub answers " + status, retryAfter(response));
    }
    throw new PullException(
        switch (status) {
          case 401 ->
              token == null
                  ? repository
                      + " does not exist, or is not for everybody: check the name, and set HF_TOKEN"
                      + " to a token that may read it"
                  : "the hub does not take the token in HF_TOKEN for "
                      + repository
                      + ": check the name, and the token";
          case 403 ->
              repository
                  + " is not given to "
                  + (token == null ? "everybody" : "the owner of the token in HF_TOKEN")
                  + ": accept its licence at "
                  + base()
                  + "/"
                  + repository
                  + (token == null ? ", and set HF_TOKEN" : "");
          case 404 -> notFound(reference, code);
          default -> "the hub answers " + status + " for " + reference.uri(base());
        });
  }

  /** That there is no such file, repository or revision. */
  static String notFound(HubReference reference, String code) {
    return switch (code) {
      case "RepoNotFound" ->
          "the hub has no repository " + reference.repository() + ": check the name";
      case "RevisionNotFound" ->
          reference.repository() + " has no revision " + reference.revision() + ": check it";
      default ->
          "there is no file %s in %s at revision %s: check the name"
              .formatted(reference.file(), reference.repository(), reference.revision());
    };
  }

  /** Seconds, or a date. */
  private static @Nullable Duration retryAfter(HttpResponse<?> response) {
    String value = response.headers().firstValue("Retry-After").orElse("").strip();
    if (value.matches("[0-9]{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(value));
    }
    try {
      ZonedDateTime date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
      Duration left = Duration.between(ZonedDateTime.now(date.getZone()), date);
      return left.isNegative() ? Duration.ZERO : left;
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
