package io.rkllm.examples.server.cli;

import io.rkllm.examples.server.http.ServerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for the addresses, limits and timeouts of the server. */
final class ServeHttpOptions {
  private static final ServerOptions USUAL = ServerOptions.defaults();

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description =
          "The address to listen on (${DEFAULT-VALUE}, which only this machine can reach);"
              + " 0.0.0.0 for all.")
  private String host = USUAL.host();

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "The port (${DEFAULT-VALUE}); 0 for any.")
  private int port = USUAL.port();

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description =
          "The bearer token that clients have to send. Other users of this machine can see it in"
              + " the list of processes; RKLLM_KEY and --key-file avoid that.")
  private @Nullable String key;

  @Option(names = "--key-file", paramLabel = "FILE", description = "A file that contains the key.")
  private @Nullable Path keyFile;

  @Option(
      names = "--allow-host",
      paramLabel = "NAME",
      description = "An additional host name of the server. Repeatable.")
  private Set<String> hosts = new HashSet<>();

  @Option(
      names = "--allow-origin",
      paramLabel = "ORIGIN",
      description = "A web site whose pages may call the server; * for all. Repeatable.")
  private Set<String> origins = new HashSet<>();

  @Option(
      names = "--heartbeat",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "The longest time without data in a stream (5s).")
  private Duration heartbeat = USUAL.heartbeat();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How long a generation may take, including waiting (10m).")
  private Duration timeout = USUAL.timeout();

  @Option(
      names = "--stop-grace",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How long answers may continue when the server stops (10s).")
  private Duration stopGrace = USUAL.stopGrace();

  @Option(
      names = "--max-body",
      paramLabel = "BYTES",
      converter = SizeConverter.class,
      description = "The largest body of a request (4M).")
  private Integer maxBody = USUAL.maxBody();

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description = "How many connections may be open (${DEFAULT-VALUE}).")
  private int maxConnections = USUAL.maxConnections();

  ServerOptions options() throws IOException {
    atLeast("--heartbeat", heartbeat, Duration.ofMillis(100));
    atLeast("--timeout", timeout, Duration.ofSeconds(1));
    atLeast("--stop-grace", stopGrace, Duration.ZERO);
    if (port < 0 || port > 65_535) {
      throw new UsageException("--port must be in [0, 65535], was " + port);
    }
    if (maxConnections < 1) {
      throw new UsageException("--max-connections must be at least 1, was " + maxConnections);
    }
    return ServerOptions.builder()
        .host(host)
        .port(port)
        .key(key())
        .allowedHosts(hosts)
        .allowedOrigins(origins)
        .heartbeat(heartbeat)
        .timeout(timeout)
        .stopGrace(stopGrace)
        .maxBody(maxBody)
        .maxConnections(maxConnections)
        .build();
  }

  private static void atLeast(String option, Duration value, Duration least) {
    if (value.compareTo(least) < 0) {
      throw new UsageException(
          option + " must be at least " + least.toMillis() + "ms, was " + value.toMillis() + "ms");
    }
  }

  private @Nullable String key() throws IOException {
    if (key != null && keyFile != null) {
      throw new UsageException("give --key or --key-file, not both");
    }
    return key != null ? key : ServerKey.from(keyFile);
  }
}
