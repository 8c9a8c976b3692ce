package io.rkllm.examples.server.http;

import java.net.URI;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The web origins whose pages may call the server. */
final class KnownOrigins {
  /** The schemes of pages that are bundled with an application on this machine. */
  private static final Set<String> APPLICATIONS =
      Set.of("app", "file", "tauri", "capacitor", "ionic", "vscode-webview", "vscode-file");

  private final Set<String> allowed;

  /**
   * Creates the set of origins allowed to call a server.
   *
   * @param allowed additional origins; {@code *} for all
   */
  KnownOrigins(Set<String> allowed) {
    this.allowed = allowed;
  }

  boolean allowsAll() {
    return allowed.contains("*");
  }

  /**
   * Returns whether the pages of an origin may call the server: configured origins, applications,
   * and pages served by this machine itself.
   */
  boolean contains(String origin) {
    if (allowsAll() || allowed.contains(origin)) {
      return true;
    }
    int colon = origin.indexOf("://");
    String scheme = colon < 0 ? "" : origin.substring(0, colon).toLowerCase(Locale.ROOT);
    if (APPLICATIONS.contains(scheme)) {
      return true;
    }
    URI uri = parsed(origin);
    return uri != null
        && (scheme.equals("http") || scheme.equals("https"))
        && isThisMachine(uri.getHost());
  }

  private static boolean isThisMachine(@Nullable String host) {
    if (host == null) {
      return false;
    }
    String name = host.toLowerCase(Locale.ROOT);
    return name.equals("localhost")
        || name.endsWith(".localhost")
        || name.equals("127.0.0.1")
        || name.equals("[::1]");
  }

  /** Returns whether an origin is the server's own. */
  static boolean isOwn(String origin, @Nullable String host) {
    URI uri = parsed(origin);
    return host != null && uri != null && host.equalsIgnoreCase(uri.getRawAuthority());
  }

  private static @Nullable URI parsed(String origin) {
    try {
      return URI.create(origin);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
