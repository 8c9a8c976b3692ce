package io.rkllm.examples.server.http;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The addresses, limits and timeouts of the server.
 *
 * @param host the address to listen on
 * @param port the port; 0 for any
 * @param key the bearer token that clients have to send; null for none
 * @param allowedHosts names accepted in Host headers in addition to addresses, localhost and this
 *     machine's name
 * @param allowedOrigins web origins whose pages may call the server in addition to its own; {@code
 *     *} for all
 * @param heartbeat the maximum time without data in a stream
 * @param idleTimeout the maximum time for which a connection may be silent while the client has to
 *     send or receive
 * @param timeout the maximum time for a generation, including the time in the queue
 * @param stopGrace the maximum time for which answers may continue when the server stops
 * @param maxBody the maximum size of a request body, in bytes
 * @param maxConnections the maximum number of open connections
 * @param headerTimeout the maximum time for receiving the headers of a request
 * @param maxWaitingPerAddress the maximum number of connections from one client address that wait
 *     for a request
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
    int maxConnections,
    Duration headerTimeout,
    int maxWaitingPerAddress) {
  /** Copies the sets. */
  public ServerOptions {
    allowedHosts = Set.copyOf(allowedHosts);
    allowedOrigins = Set.copyOf(allowedOrigins);
  }

  /** Returns the defaults: port 8080 of the loopback interface, without a key. */
  public static ServerOptions defaults() {
    return builder().build();
  }

  /** Returns a builder that starts from {@link #defaults}. */
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
    private Duration headerTimeout = Duration.ofSeconds(10);
    private int maxWaitingPerAddress = 100;

    private Builder() {}

    /** Sets the address to listen on; by default 127.0.0.1, which only this machine can reach. */
    public Builder host(String host) {
      this.host = host;
      return this;
    }

    /** Sets the port, 8080 by default; 0 for any. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** Sets the bearer token that clients have to send; null for none, the default. */
    public Builder key(@Nullable String key) {
      this.key = key;
      return this;
    }

    /**
     * Sets the names accepted in Host headers in addition to addresses, localhost and this
     * machine's name; none by default.
     */
    public Builder allowedHosts(Set<String> allowedHosts) {
      this.allowedHosts = allowedHosts;
      return this;
    }

    /**
     * Sets the web origins whose pages may call the server in addition to its own; none by default.
     */
    public Builder allowedOrigins(Set<String> allowedOrigins) {
      this.allowedOrigins = allowedOrigins;
      return this;
    }

    /** Sets the maximum time without data in a stream; five seconds by default. */
    public Builder heartbeat(Duration heartbeat) {
      this.heartbeat = heartbeat;
      return this;
    }

    /** Sets the maximum time for which a connection may be silent; thirty seconds by default. */
    public Builder idleTimeout(Duration idleTimeout) {
      this.idleTimeout = idleTimeout;
      return this;
    }

    /** Sets the maximum time for a generation; ten minutes by default. */
    public Builder timeout(Duration timeout) {
      this.timeout = timeout;
      return this;
    }

    /**
     * Sets the maximum time for which answers may continue when the server stops; ten seconds by
     * default.
     */
    public Builder stopGrace(Duration stopGrace) {
      this.stopGrace = stopGrace;
      return this;
    }

    /** Sets the maximum size of a request body, in bytes; 4 MiB by default. */
    public Builder maxBody(int maxBody) {
      this.maxBody = maxBody;
      return this;
    }

    /** Sets the maximum number of open connections; 1,000 by default. */
    public Builder maxConnections(int maxConnections) {
      this.maxConnections = maxConnections;
      return this;
    }

    /** Sets the maximum time for receiving the headers of a request; ten seconds by default. */
    public Builder headerTimeout(Duration headerTimeout) {
      this.headerTimeout = headerTimeout;
      return this;
    }

    /**
     * Sets the maximum number of connections from one client address that wait for a request; 100
     * by default. If there are more, those that have waited longest are closed.
     */
    public Builder maxWaitingPerAddress(int maxWaitingPerAddress) {
      this.maxWaitingPerAddress = maxWaitingPerAddress;
      return this;
    }

    /** Returns the options as set so far. */
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
          maxConnections,
          headerTimeout,
          maxWaitingPerAddress);
    }
  }
}
