package io.rkllm.examples.server.http;

import io.javalin.http.Context;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
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
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final String BEARER = "bearer ";

  /** Paths that tell nothing worth a key; the page asks for it itself. */
  private static final Set<String> OPEN = Set.of("/", "/health", "/ready", "/favicon.ico");

  private final ServerOptions options;
  private final Set<String> hosts = new HashSet<>();
  private final byte @Nullable [] keyHash;

  RequestFilter(ServerOptions options) {
    this.options = options;
    hosts.add("localhost");
    hosts.add(options.host().toLowerCase(Locale.ROOT));
    String machine = System.getenv().getOrDefault("HOSTNAME", "").toLowerCase(Locale.ROOT);
    if (!machine.isEmpty()) {
      hosts.add(machine);
      hosts.add(machine + ".local");
    }
    options.allowedHosts().forEach(host -> hosts.add(host.toLowerCase(Locale.ROOT)));
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
    if (header == null) { // only HTTP/1.0, which browsers do not speak
      return;
    }
    String host = withoutPort(header).toLowerCase(Locale.ROOT);
    boolean known =
        host.startsWith("[")
            || IPV4.matcher(host).matches()
            || host.endsWith(".localhost")
            || hosts.contains(host);
    if (!known) {
      throw RequestException.of(
          403,
          "host_not_allowed",
          "this server does not answer to that host name; start it with --allow-host to have it"
              + " do so");
    }
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
  }

  /**
   * @return whether the request was a browser's question and is answered
   */
  private boolean checkOrigin(Context context) {
    String origin = context.header("Origin");
    if (origin == null) {
      return false;
    }
    if (!isOwn(origin, context.header("Host"))) {
      boolean all = options.allowedOrigins().contains("*");
      if (!all && !options.allowedOrigins().contains(origin)) {
        throw RequestException.of(
            403,
            "origin_not_allowed",
            "pages of other sites may not use this server; start it with --allow-origin to let"
                + " them");
      }
      context.header("Access-Control-Allow-Origin", all ? "*" : origin).header("Vary", "Origin");
      context.header("Access-Control-Expose-Headers", Exchange.IGNORED + ", Retry-After");
    }
    if (!context.req().getMethod().equals("OPTIONS")) {
      return false;
    }
    context
        .header("Access-Control-Allow-Methods", "GET, POST, DELETE")
        .header("Access-Control-Allow-Headers", "Authorization, Content-Type")
        .header("Access-Control-Max-Age", "600")
        .status(204)
        .skipRemainingHandlers();
    return true;
  }

  private static boolean isOwn(String origin, @Nullable String host) {
    try {
      return host != null && host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
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
