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
 * Checks whether a request may be served. A request has to pass three checks:
 *
 * <ul>
 *   <li>The Host header. A web page can make its own host name resolve to this machine (DNS
 *       rebinding), but cannot send a different Host header, so unknown names are rejected.
 *       Addresses cannot be rebound and are always accepted.
 *   <li>The Origin header, in which browsers report the origin of the page that sent the request.
 *   <li>The key, if the server has one. It is compared in constant time.
 * </ul>
 */
final class RequestFilter {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
  private static final String BEARER = "bearer ";

  /**
   * The paths that are served without a key because they reveal nothing; the chat page itself
   * prompts for the key.
   */
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
   * Checks a request.
   *
   * @throws RequestException if the request is rejected
   */
  void check(Context context) {
    checkHost(context.header("Host"));
    boolean answered = checkOrigin(context);
    if (!answered) {
      checkKey(context);
    }
  }

  private void checkHost(@Nullable String header) {
    // Only HTTP/1.0 requests have no Host header, and browsers do not send those.
    if (header != null && !hosts.contains(header)) {
      throw RequestException.of(
          403,
          "host_not_allowed",
          "this server does not answer to that host name; start it with --allow-host to have it"
              + " do so");
    }
  }

  /**
   * Checks the Origin header.
   *
   * @return whether the request was a preflight request of a browser and has been answered
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
   * Returns the headers that a page may send: those that are always required, and those it
   * requests.
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
    // Hashes have equal lengths, so that the time does not even reveal the length of the key.
    if (!MessageDigest.isEqual(keyHash, hash(key))) {
      context.header("WWW-Authenticate", "Bearer");
      throw RequestException.of(
          401,
          "invalid_api_key",
          "this server requires a key: send the header Authorization: Bearer with the key that"
              + " it was started with");
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
