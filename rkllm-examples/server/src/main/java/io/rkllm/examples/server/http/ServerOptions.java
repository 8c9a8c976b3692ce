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
    return new ServerOptions(
        "127.0.0.1",
        8080,
        null,
        Set.of(),
        Set.of(),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30),
        Duration.ofMinutes(10),
        Duration.ofSeconds(10),
        4 << 20,
        1_000);
  }

  /** The same on another port. */
  public ServerOptions withPort(int port) {
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

  /** The same with a key. */
  public ServerOptions withKey(String key) {
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

  /** The same with other heartbeats. */
  public ServerOptions withHeartbeat(Duration heartbeat) {
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

  /** The same for other host names. */
  public ServerOptions withAllowedHosts(Set<String> allowedHosts) {
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

  /** The same for pages of other sites. */
  public ServerOptions withAllowedOrigins(Set<String> allowedOrigins) {
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

  /** The same with another time for silent connections. */
  public ServerOptions withIdleTimeout(Duration idleTimeout) {
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

  /** The same with another limit for requests. */
  public ServerOptions withMaxBody(int maxBody) {
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

  /** The same with another grace. */
  public ServerOptions withStopGrace(Duration stopGrace) {
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
