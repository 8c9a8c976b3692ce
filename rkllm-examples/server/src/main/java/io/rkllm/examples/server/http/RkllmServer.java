package io.rkllm.examples.server.http;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.ContentTooLargeResponse;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import io.javalin.util.JavalinException;
import io.rkllm.examples.server.chat.Engine;
import io.rkllm.examples.server.model.PoolHealth;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The HTTP server, which offers dialects and pages over one engine. Each request is handled on a
 * thread of a pool.
 *
 * <p>Thread-safe.
 */
public final class RkllmServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RkllmServer.class);

  private static final int MAX_HEADERS = 16 * 1024;

  /** The time allowed for sending responses when the server stops. */
  private static final Duration SENDING = Duration.ofSeconds(5);

  /** The number of threads that Jetty needs besides those for requests. */
  private static final int JETTY_THREADS = 32;

  private static final int MIN_THREADS = 4;

  /** The time after which a thread ends that has nothing to do. */
  private static final Duration THREAD_IDLE = Duration.ofSeconds(10);

  /** The number of references in a cache line of 64 bytes. */
  private static final String REFERENCES = "org.eclipse.jetty.util.referencesPerCacheLine";

  static {
    // Jetty would ask JMX for the size of a reference, and hundreds of classes would stay in memory
    if (System.getProperty(REFERENCES) == null) {
      System.setProperty(REFERENCES, "16");
    }
  }

  /** The minimum rate at which a request body has to be received. */
  private static final int MIN_BYTES_A_SECOND = 100;

  private final ServerOptions options;
  private final Engine engine;
  private final ActiveRequests activeRequests;
  private final ConnectionLimits limits;
  private final List<Routes> routes = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // set by start(), before the object is published
  private Javalin javalin;

  private volatile boolean stopping;

  private RkllmServer(ServerOptions options, Engine engine) {
    this.options = options;
    this.engine = engine;
    Duration second = Duration.ofSeconds(1);
    activeRequests =
        new ActiveRequests(
            options.heartbeat().compareTo(second) < 0 ? options.heartbeat() : second);
    limits = new ConnectionLimits(options.headerTimeout(), options.maxWaitingPerAddress());
  }

  /**
   * Starts a server. The server closes the engine's models when it is closed.
   *
   * @param routes returns the dialects and pages of the server
   * @throws io.javalin.util.JavalinException if the port is taken
   */
  public static RkllmServer start(
      ServerOptions options, Engine engine, Function<RkllmServer, List<Routes>> routes) {
    RkllmServer server = new RkllmServer(options, engine);
    server.routes.addAll(routes.apply(server));
    server.javalin = Javalin.create(server::configure);
    server.javalin.start();
    if (options.key() == null && !KnownHosts.isLoopback(options.host())) {
      LOG.warn(
          "The server listens on {} without a key: anyone who can reach this machine can use it."
              + " Start it with --key-file, or with --host 127.0.0.1.",
          options.host());
    }
    return server;
  }

  private void configure(JavalinConfig config) {
    config.startup.showJavalinBanner = false;
    config.startup.startupWatcherEnabled = false;
    config.jetty.threadPool = threads(options.maxConnections());
    config.http.maxRequestSize = options.maxBody();
    config.http.prefer405over404 = true;
    // Clients join a base URL that ends in a slash with a path that begins with one.
    config.router.treatMultipleSlashesAsSingleSlash = true;
    config.http.compressionStrategy = CompressionStrategy.NONE;
    config.jetty.modifyHttpConfiguration(RkllmServer::configureHttp);
    config.jetty.addConnector(this::connector);
    config.jetty.modifyServer(this::configureServer);
    config.jetty.modifyServletContextHandler(
        context -> context.setErrorHandler(new JettyErrors(this::error)));
    config.routes.before(new RequestFilter(options)::check);
    config.routes.before(this::refuseWhileStopping);
    config.routes.before(this::refuseLargeBody);
    routes.forEach(some -> some.addTo(config.routes));
    Routes.get(config.routes, "/health", handler(this::health));
    Routes.get(config.routes, "/ready", handler(this::ready));
    Routes.get(config.routes, "/metrics", this::metrics);
    config.routes.exception(HttpResponseException.class, this::refuse);
    config.routes.exception(Exception.class, this::refuse);
  }

  /**
   * Returns the threads that handle requests: one for each connection at most, so that requests
   * that wait for a model keep none from the others. Virtual threads would need more processor
   * time: at each token, one is mounted, and a timer for its heartbeat is set and canceled.
   */
  private static QueuedThreadPool threads(int maxConnections) {
    QueuedThreadPool threads =
        new QueuedThreadPool(
            maxConnections + JETTY_THREADS, MIN_THREADS, (int) THREAD_IDLE.toMillis());
    threads.setMaxEvictCount(maxConnections); // all that are idle, rather than one at a time
    threads.setName("rkllm-http");
    return threads;
  }

  @SuppressWarnings(
      "removal") // Jetty still applies the rate, and has no replacement for single connections
  private static void configureHttp(HttpConfiguration http) {
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(MAX_HEADERS);
    http.setMinRequestDataRate(MIN_BYTES_A_SECOND);
  }

  private ServerConnector connector(Server server, HttpConfiguration http) {
    ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setHost(options.host());
    connector.setPort(options.port());
    connector.setIdleTimeout(options.idleTimeout().toMillis());
    connector.setShutdownIdleTimeout(100); // for connections without a request in progress
    connector.addBean(limits);
    return connector;
  }

  private void configureServer(Server server) {
    // Further connections are not accepted until others are closed.
    server.addBean(new NetworkConnectionLimit(options.maxConnections(), server));
    // Allows responses written before the server stops to be sent.
    GracefulHandler graceful = new GracefulHandler();
    graceful.setHandler(limits);
    server.setHandler(graceful);
    server.setErrorHandler(new JettyErrors(this::error));
    server.setStopTimeout(SENDING.toMillis());
  }

  private void health(Exchange exchange) {
    exchange.send(Json.object().put("status", "ok"));
  }

  private void ready(Exchange exchange) {
    PoolHealth health = engine.pool().health();
    ObjectNode json =
        Json.object()
            .put("status", status(health))
            .put("models", engine.pool().store().list().size());
    put(json, "loading", health.loading());
    put(json, "recovering", health.recovering());
    put(json, "hanging_loads", health.hangingLoads());
    if (health.abandoned() > 0) {
      json.put("abandoned", health.abandoned());
    }
    exchange.send(health.isGood() ? 200 : 503, json);
  }

  private static String status(PoolHealth health) {
    if (health.isGood()) {
      return "ready";
    }
    return health.needsRestart()
        ? "restart_needed"
        : health.recovering().isEmpty() ? "load_hangs" : "recovering";
  }

  private static void put(ObjectNode json, String name, Set<String> models) {
    if (!models.isEmpty()) {
      json.set(name, Json.MAPPER.valueToTree(models));
    }
  }

  private void metrics(Context context) {
    context
        .contentType("text/plain; version=0.0.4; charset=utf-8")
        .result(engine.metrics().scrape());
  }

  private void refuseWhileStopping(Context context) {
    if (stopping && !context.path().equals("/health")) {
      throw RequestException.busy("the server is stopping");
    }
  }

  /** Refuses a body that declares itself too large, before the client sends it. */
  private void refuseLargeBody(Context context) {
    if (context.req().getContentLengthLong() > options.maxBody()) {
      throw new ContentTooLargeResponse();
    }
  }

  /** Sends an error response in the format of the dialect. */
  private void refuse(Exception thrown, Context context) {
    RequestException error =
        thrown instanceof HttpResponseException http
            ? RequestException.of(
                http.getStatus(),
                "http_" + http.getStatus(),
                HttpErrors.message(http.getStatus(), http.getMessage()))
            : ErrorMapper.map(thrown);
    engine.metrics().refused(error.code());
    if (thrown instanceof MethodNotAllowedResponse other) {
      context.header("Allow", String.valueOf(other.getDetails().get("availableMethods")));
    }
    error
        .retryAfter()
        .ifPresent(delay -> context.header("Retry-After", Long.toString(delay.toSeconds())));
    exchange(context).send(error.status(), error(error, context.path()));
  }

  private JsonNode error(RequestException error, String requestPath) {
    String path = requestPath.replaceAll("/{2,}", "/");
    for (Routes some : routes) {
      if (some instanceof ApiDialect dialect && dialect.handles(path)) {
        return dialect.error(error);
      }
    }
    return Json.object().put("error", error.message());
  }

  /** Handles requests of a dialect. */
  public interface ExchangeHandler {
    /** Handles a request. */
    void handle(Exchange exchange);
  }

  /** Adapts a handler to the web framework. */
  public Handler handler(ExchangeHandler handler) {
    return context -> {
      try {
        handler.handle(exchange(context));
      } catch (StackOverflowError | LinkageError | OutOfMemoryError e) {
        throw new IllegalStateException("a request needed more memory than there is", e);
      }
    };
  }

  private Exchange exchange(Context context) {
    return new Exchange(context, activeRequests, options.heartbeat());
  }

  /** Returns the engine that answers requests. */
  public Engine engine() {
    return engine;
  }

  /** Returns the address of the server. */
  public URI address() {
    String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
    return URI.create("http://" + host + ":" + javalin.port());
  }

  /** Returns the number of requests in progress, including those that wait for a model. */
  public int activeRequests() {
    return activeRequests.size();
  }

  /**
   * Stops the server: rejects new requests, waits for running answers for at most the stop grace
   * period, cancels the rest, and unloads the models. Blocks until the server has stopped.
   */
  @Override
  public void close() {
    stopping = true;
    try {
      activeRequests.finish(options.stopGrace());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      javalin.stop();
    } catch (JavalinException e) { // such as a request that waits for a model to be loaded
      LOG.warn("a running request was cut off: {}", e.getMessage());
    }
    activeRequests.close();
    engine.pool().close();
  }
}
