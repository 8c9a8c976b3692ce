package io.rkllm.examples.server.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sends requests to a hub. Redirects are followed here rather than by the HTTP client, so that the
 * token is sent to the hub's own address only. Thread-safe.
 */
final class HubClient {
  private static final int MAX_REDIRECTS = 8;
  private static final int MAX_LISTING = 8 << 20;
  private static final JsonMapper JSON = new JsonMapper();
  private static final String LINKED_SIZE = "X-Linked-Size";
  private static final String LINKED_TAG = "X-Linked-Etag";

  private final URI endpoint;
  private final @Nullable String token;
  private final RetryPolicy retryPolicy;
  private @Nullable HttpClient http; // from the first request on; guarded by this

  /** Creates a client of one hub. */
  HubClient(URI endpoint, @Nullable String token, RetryPolicy retryPolicy) {
    this.endpoint = endpoint;
    this.token = token;
    this.retryPolicy = retryPolicy;
  }

  /**
   * Returns the HTTP client. A server without a pull needs none of its classes and certificates.
   */
  private synchronized HttpClient http() {
    if (http == null) {
      http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(retryPolicy.beforeTransfer().stallTimeout())
              .build();
    }
    return http;
  }

  /**
   * Returns how the hub describes a file. Empty if it has no such file.
   *
   * @throws PullException if the hub refuses
   * @throws IOException if a retry may help
   */
  Optional<RemoteFile> find(HubReference reference) throws IOException, InterruptedException {
    URI uri = reference.uri(base());
    for (int i = 0; i < MAX_REDIRECTS; i++) {
      HttpResponse<InputStream> response =
          send("HEAD", uri, Map.of(), retryPolicy.beforeTransfer().stallTimeout());
      response.body().close();
      Optional<String> size = response.headers().firstValue(LINKED_SIZE);
      if (size.isPresent() && response.statusCode() < 400) { // the file is stored elsewhere
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
    throw tooManyRedirects(reference.uri(base()));
  }

  private static RemoteFile described(HubReference reference, Optional<String> size, String tag) {
    String plain = tag.replaceFirst("^W/", "").replace("\"", "").toLowerCase(Locale.ROOT);
    boolean isSha256 = plain.matches("[0-9a-f]{64}");
    long bytes = size.filter(text -> text.matches("[0-9]{1,18}")).map(Long::parseLong).orElse(-1L);
    return new RemoteFile(reference, bytes, isSha256 ? plain : null, plain);
  }

  /**
   * Requests a file. The caller closes the body.
   *
   * @param headers additional headers, such as Range
   * @throws PullException if the hub refuses
   * @throws IOException if a retry may help
   */
  HttpResponse<InputStream> get(HubReference reference, Map<String, String> headers)
      throws IOException, InterruptedException {
    URI uri = reference.uri(base());
    for (int i = 0; i < MAX_REDIRECTS; i++) {
      HttpResponse<InputStream> response = send("GET", uri, headers, retryPolicy.stallTimeout());
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
    throw tooManyRedirects(reference.uri(base()));
  }

  /**
   * Returns the paths of all files in a repository.
   *
   * @throws PullException if the hub refuses
   * @throws IOException if a retry may help
   */
  List<String> files(HubReference repository) throws IOException, InterruptedException {
    URI uri = repository.treeUri(base());
    for (int i = 0; i < MAX_REDIRECTS; i++) {
      HttpResponse<InputStream> response =
          send("GET", uri, Map.of(), retryPolicy.beforeTransfer().stallTimeout());
      try (InputStream body = response.body()) {
        if (response.statusCode() == 200) {
          return paths(JSON.readTree(body.readNBytes(MAX_LISTING)));
        }
      } catch (JacksonException e) {
        throw new PullException(
            "the hub's list of files of " + repository.repository() + " is not JSON");
      }
      if (!isRedirect(response)) {
        throw refusal(repository, response);
      }
      uri = redirected(uri, response);
    }
    throw tooManyRedirects(uri);
  }

  private static List<String> paths(JsonNode entries) {
    return entries
        .valueStream()
        .filter(entry -> entry.path("type").asString("").equals("file"))
        .map(entry -> entry.path("path").asString(""))
        .sorted()
        .toList();
  }

  /** Returns whether no connection to the hub could be made, or none that can be trusted. */
  static boolean isUnreachable(Throwable thrown) {
    for (@Nullable Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException
          || cause instanceof SSLException
          || cause instanceof HttpConnectTimeoutException) {
        return true;
      }
    }
    return false;
  }

  private String base() {
    return endpoint.toString().replaceFirst("/+$", "");
  }

  private HttpResponse<InputStream> send(
      String method, URI uri, Map<String, String> headers, Duration timeout)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(method, BodyPublishers.noBody())
            .header("User-Agent", "rkllm-java")
            .header(
                "Accept-Encoding", "identity"); // so that sizes and ranges are those of the file
    headers.forEach(request::header);
    if (token != null && isHub(uri)) {
      request.header("Authorization", "Bearer " + token);
    }
    CompletableFuture<HttpResponse<InputStream>> response =
        http().sendAsync(request.build(), BodyHandlers.ofInputStream());
    try {
      return response.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new TransientHubException(
          "no response within " + timeout.toMillis() / 1000.0 + " s", null);
    } catch (ExecutionException e) {
      throw new IOException(words(uri, e.getCause()), e);
    } finally {
      response.cancel(true); // no effect once it has arrived
    }
  }

  private static String words(URI uri, @Nullable Throwable cause) {
    if (cause == null || cause.getMessage() == null) {
      return "cannot connect to " + uri.getHost();
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
      // rejected below
    }
    throw new PullException("the hub redirects to an address that is not allowed: " + location);
  }

  private static PullException tooManyRedirects(URI uri) {
    return new PullException(
        "the hub redirected more than %d times, last to %s".formatted(MAX_REDIRECTS - 1, uri));
  }

  private IOException refusal(HubReference reference, HttpResponse<?> response) {
    int status = response.statusCode();
    String repository = reference.repository();
    String code = response.headers().firstValue("X-Error-Code").orElse("");
    if (status == 429 || status == 408 || status >= 500) {
      return new TransientHubException(
          "the hub responds with status " + status, retryAfter(response));
    }
    throw new PullException(
        switch (status) {
          case 401 ->
              token == null
                  ? repository
                      + " does not exist or is private: check the name, and set HF_TOKEN to a token"
                      + " that may read it"
                  : "the hub rejects the token in HF_TOKEN for "
                      + repository
                      + ": check the name and the token";
          case 403 ->
              "access to %s is restricted: accept its license at %s/%s%s"
                  .formatted(
                      repository,
                      base(),
                      repository,
                      token == null
                          ? ", and set HF_TOKEN"
                          : " with the account that the token in HF_TOKEN belongs to");
          case 404 -> notFound(reference, code);
          default -> "the hub responds with status " + status + " for " + reference.uri(base());
        });
  }

  /** Returns the message for a file, repository or revision that does not exist. */
  static String notFound(HubReference reference, String code) {
    return switch (code) {
      case "RepoNotFound" ->
          "the hub has no repository " + reference.repository() + ": check the name";
      case "RevisionNotFound" ->
          reference.repository() + " has no revision " + reference.revision() + ": check the name";
      default ->
          reference.isRepository()
              ? "the hub has no repository %s with a revision %s: check the names"
                  .formatted(reference.repository(), reference.revision())
              : "there is no file %s in %s at revision %s: check the name"
                  .formatted(reference.file(), reference.repository(), reference.revision());
    };
  }

  /** Returns the delay in a Retry-After header, which has seconds or a date; null without one. */
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
