package io.rkllm.examples.server.http;

import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who may talk to the server. Three questions, of each request:
 *
 * <ul>
 *   <li>Was it meant for this server? A web page can have its own host name point to this machine
 *       (DNS rebinding), but not send another Host header: names that are not known are refused.
 *       Addresses cannot be rebound.
 *   <li>Does it come from a page that may? Browsers say which in the Origin header.
 *   <li>Does it bear the key, where there is one? Compared in a time that says nothing of it.
 * </ul>
 */
final class RequestFilter {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
  private static final String BEARER = "bearer ";

  /** Paths that tell nothing worth a key; the page asks for it itself. */
  private static final Set<String> OPEN = Set.of("/", "/health", "/ready", "/favicon.ico");

  private final KnownHosts hosts;
  private final KnownOrigins origins;
  private final byte @Nullable [] keyHash;

  RequestFilter(ServerOptions options) {
    hosts = new KnownHosts(options.host(), options.allowedHosts());
    origins = new KnownOrigins(options.allowedOrigins());
    keyHash = options.key() == null ? null : hash(options.key());
  }

  /**
   * Lets a request through.
   *
   * @throws RequestException if it may not
   */
  void check(Context context) {
    checkHost(context.header("Host"));
    boolean answered = checkOrigin(context);
    if (!answered) {
      checkKey(context);
    }
  }

  private void checkHost(@Nullable String header) {
    // Only HTTP/1.0 has none, which browsers do not speak.
    if (header != null && !hosts.contains(header)) {
      throw RequestException.of(
          403,
          "host_not_allowed",
          "this server does not answer to that host name; start it with --allow-host to have it"
              + " do so");
    }
  }

  /**
   * @return whether the request was a browser's question and is answered
   */
  private boolean checkOrigin(Context context) {
    String origin = context.header("Origin");
    if (origin == null) {
      return false;
    }
    if (!KnownOrigins.isOwn(origin, context.header("Host"))) {
      if (!origins.contains(origin)) {
        throw RequestException.of(
            403,
            "origin_not_allowed",
            "pages of other sites may not use this server; start it with --allow-origin to let"
                + " them");
      }
      context
          .header("Access-Control-Allow-Origin", origins.allowsAll() ? "*" : origin)
          .header("Vary", "Origin");
      context.header("Access-Control-Expose-Headers", Exchange.IGNORED + ", Retry-After");
    }
    if (!context.req().getMethod().equals("OPTIONS")) {
      return false;
    }
    context
        .header("Access-Control-Allow-Methods", "GET, POST, DELETE")
        .header("Access-Control-Allow-Headers", headers(context))
        .header("Access-Control-Allow-Private-Network", "true")
        .header("Access-Control-Max-Age", "600")
        .status(204)
        .skipRemainingHandlers();
    return true;
  }

  /**
   * Returns the headers that a page may send: those that are always needed, and what it asks for.
   */
  private static String headers(Context context) {
    Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    names.addAll(List.of("Authorization", "Content-Type"));
    String asked = context.header("Access-Control-Request-Headers");
    if (asked != null) {
      Stream.of(asked.split(","))
          .map(String::strip)
          .filter(TOKEN.asMatchPredicate())
          .forEach(names::add);
    }
    return String.join(", ", names);
  }

  private void checkKey(Context context) {
    if (keyHash == null || isOpen(context.path())) {
      return;
    }
    String header = context.header("Authorization");
    String key =
        header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
            ? header.substring(BEARER.length()).strip()
            : "";
    // Hashes are equally long, so that not even the length of the key shows in the time.
    if (!MessageDigest.isEqual(keyHash, hash(key))) {
      context.header("WWW-Authenticate", "Bearer");
      throw RequestException.of(
          401,
          "invalid_api_key",
          "this server wants its key: Authorization: Bearer and the key it was started with");
    }
  }

  private static boolean isOpen(String path) {
    return OPEN.contains(path) || path.startsWith("/page/") || path.startsWith("/webjars/");
  }

  private static byte[] hash(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
