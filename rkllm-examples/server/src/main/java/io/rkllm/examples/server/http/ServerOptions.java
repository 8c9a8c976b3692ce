package io.rkllm.examples.server.http;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the server is reached, and what it puts up with.
 *
 * @param host the address to listen on
 * @param port the port; 0 for any
 * @param key what clients must send as bearer token; null for none
 * @param allowedHosts names in Host headers besides addresses, localhost and this machine's name
 * @param allowedOrigins web origins whose pages may call the server besides its own; {@code *} for
 *     all
 * @param heartbeat how long a stream may be silent
 * @param idleTimeout how long a connection may be silent where the client should send or read
 * @param timeout how long a generation may take, waiting included
 * @param stopGrace how long answers may go on when the server is stopped
 * @param maxBody bytes of a request
 * @param maxConnections connections at once
 */
public record ServerOptions(
    String host,
    int port,
    @Nullable String key,
    Set<String> allowedHosts,
    Set<String> allowedOrigins,
    Duration heartbeat,
    Duration idleTimeout,
    Duration timeout,
    Duration stopGrace,
    int maxBody,
    int maxConnections) {
  /** Copies the sets. */
  public ServerOptions {
    allowedHosts = Set.copyOf(allowedHosts);
    allowedOrigins = Set.copyOf(allowedOrigins);
  }

  /** Port 8080 of this machine alone, without a key. */
  public static ServerOptions defaults() {
    return builder().build();
  }

  /** A builder that starts from {@link #defaults}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds {@link ServerOptions}. */
  public static final class Builder {
    private String host = "127.0.0.1";
    private int port = 8080;
    private @Nullable String key;
    private Set<String> allowedHosts = Set.of();
    private Set<String> allowedOrigins = Set.of();
    private Duration heartbeat = Duration.ofSeconds(5);
    private Duration idleTimeout = Duration.ofSeconds(30);
    private Duration timeout = Duration.ofMinutes(10);
    private Duration stopGrace = Duration.ofSeconds(10);
    private int maxBody = 4 << 20;
    private int maxConnections = 1_000;

    private Builder() {}

    /** The address to listen on; 127.0.0.1 by default, which this machine alone can reach. */
    public Builder host(String host) {
      this.host = host;
      return this;
    }

    /** The port, 8080 by default; 0 for any. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** What clients must send as bearer token; null for none, the default. */
    public Builder key(@Nullable String key) {
      this.key = key;
      return this;
    }

    /**
     * Names in Host headers besides addresses, localhost and this machine's name; none by default.
     */
    public Builder allowedHosts(Set<String> allowedHosts) {
      this.allowedHosts = allowedHosts;
      return this;
    }

    /** Web origins whose pages may call the server; none but its own by default. */
    public Builder allowedOrigins(Set<String> allowedOrigins) {
      this.allowedOrigins = allowedOrigins;
      return this;
    }

    /** How long a stream may be silent; five seconds by default. */
    public Builder heartbeat(Duration heartbeat) {
      this.heartbeat = heartbeat;
      return this;
    }

    /** How long a connection may be silent; thirty seconds by default. */
    public Builder idleTimeout(Duration idleTimeout) {
      this.idleTimeout = idleTimeout;
      return this;
    }

    /** How long a generation may take; ten minutes by default. */
    public Builder timeout(Duration timeout) {
      this.timeout = timeout;
      return this;
    }

    /** How long answers may go on when the server is stopped; ten seconds by default. */
    public Builder stopGrace(Duration stopGrace) {
      this.stopGrace = stopGrace;
      return this;
    }

    /** Bytes of a request; 4 MiB by default. */
    public Builder maxBody(int maxBody) {
      this.maxBody = maxBody;
      return this;
    }

    /** Connections at once; 1,000 by default. */
    public Builder maxConnections(int maxConnections) {
      this.maxConnections = maxConnections;
      return this;
    }

    /** The options as set so far. */
    public ServerOptions build() {
      return new ServerOptions(
          host,
          port,
          key,
          allowedHosts,
          allowedOrigins,
          heartbeat,
          idleTimeout,
          timeout,
          stopGrace,
          maxBody,
          maxConnections);
    }
  }
}
