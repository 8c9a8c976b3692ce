package io.rkllm.examples.server.http;

import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.chat.ChatAnswer;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.tools.event.ChatEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** A request and its response, on the thread that handles it. */
public final class Exchange {
  /** The response header that lists the ignored parameters. */
  static final String IGNORED = "Rkllm-Ignored";

  /** The maximum length of the list of ignored parameters, whose names are chosen by clients. */
  private static final int MAX_IGNORED = 1_000;

  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  private final Context context;
  private final ActiveRequests activeRequests;
  private final Duration heartbeat;
  private final Set<String> ignored = new TreeSet<>();
  private @Nullable RequestObject body;

  Exchange(Context context, ActiveRequests activeRequests, Duration heartbeat) {
    this.context = context;
    this.activeRequests = activeRequests;
    this.heartbeat = heartbeat;
  }

  /**
   * Returns the body. Members that have not been read when the response begins are reported to the
   * client as ignored.
   *
   * @throws RequestException if it is not a JSON object, or is not received completely
   */
  public RequestObject body() {
    if (body == null) {
      body = RequestObject.parse(bytes());
    }
    return body;
  }

  private byte[] bytes() {
    List<String> encodings = Collections.list(context.req().getHeaders("Content-Encoding"));
    if (!encodings.stream().allMatch(it -> it.isBlank() || it.equalsIgnoreCase("identity"))) {
      throw RequestException.of(
          415,
          "unsupported_encoding",
          "this server reads no compressed bodies; send the body without Content-Encoding");
    }
    try {
      return context.bodyAsBytes();
    } catch (HttpResponseException e) {
      throw e; // too large
    } catch (Exception e) { // Kotlin does not declare the checked exceptions thrown here
      throw ErrorMapper.map(e);
    }
  }

  /** Returns the body, or an empty object if there is none. */
  public RequestObject bodyIfAny() {
    if (body == null && bytes().length == 0) {
      body = RequestObject.parse("{}".getBytes(StandardCharsets.UTF_8));
    }
    return body();
  }

  /** Returns a parameter of the path. */
  public String pathParameter(String name) {
    return context.pathParam(name);
  }

  /** Reports to the client and in the log that the given parameters have no effect. */
  public void ignore(Set<String> parameters) {
    ignored.addAll(parameters);
  }

  /** Sends a JSON response. */
  public void send(JsonNode json) {
    send(200, json);
  }

  /** Sends a JSON response with the given status. */
  public void send(int status, JsonNode json) {
    reportIgnored();
    context
        .status(status)
        .contentType("application/json; charset=utf-8")
        .result(Json.text(json).getBytes(StandardCharsets.UTF_8));
  }

  /** Sends a successful response without a body. */
  public void sendNothing() {
    reportIgnored();
    context.status(200);
  }

  private void reportIgnored() {
    if (body != null) {
      ignored.addAll(body.unread());
    }
    if (!ignored.isEmpty()) {
      String names = RequestException.shorten(String.join(", ", ignored), MAX_IGNORED);
      context.header(IGNORED, names.replaceAll("[^\\x20-\\x7e]", "?"));
      LOG.info("{}: ignored {}", context.path(), names);
    }
  }

  /**
   * Generates an answer and sends it once it is complete.
   *
   * @param response converts the complete answer to the response
   */
  public void collect(
      Supplier<? extends ChatAnswer> begin,
      BiFunction<CollectedAnswer, AnswerEnd, ? extends JsonNode> response) {
    try (ActiveRequests.Entry entry = register(Thread.currentThread()::interrupt);
        ChatAnswer answer = begin(begin, entry)) {
      ignore(answer.ignored());
      CollectedAnswer collected = new CollectedAnswer();
      while (!collected.isComplete()) {
        ChatEvent event = next(answer, entry);
        if (event != null) {
          collected.add(event);
        }
        entry.throwIfStopped();
      }
      send(response.apply(collected, answer.end()));
    }
  }

  /**
   * Generates an answer and streams it. The response begins once the answer is in the queue of its
   * model, or with the first event if the runtime may still reject the prompt as too long. Earlier
   * errors are thrown; later ones are sent as the last piece of the stream.
   */
  public void stream(Supplier<? extends ChatAnswer> begin, StreamFormat format) {
    try (ActiveRequests.Entry entry = register(Thread.currentThread()::interrupt);
        ChatAnswer answer = begin(begin, entry)) {
      ignore(answer.ignored());
      ChatEvent first = answer.isKnownToFit() ? null : next(answer, entry);
      entry.throwIfStopped();
      reportIgnored();
      entry.respond();
      try {
        StreamWriter wire = new StreamWriter(context, format);
        wire.begin();
        send(first, answer, wire, entry);
      } catch (IOException e) {
        LOG.debug("{}: the client has gone", context.path());
      }
    }
  }

  private @Nullable ChatEvent next(ChatAnswer answer, ActiveRequests.Entry entry) {
    try {
      return answer.next(heartbeat);
    } catch (RuntimeException thrown) {
      throw entry.explain(thrown);
    }
  }

  /**
   * Begins an answer. Until the answer exists, for example while its model is loaded, cancellation
   * interrupts the thread.
   */
  private static ChatAnswer begin(
      Supplier<? extends ChatAnswer> begin, ActiveRequests.Entry entry) {
    ChatAnswer answer = interruptibly(begin::get, entry);
    try {
      entry.cancelBy(answer::cancel);
      return answer;
    } catch (Throwable thrown) {
      answer.close();
      throw thrown;
    } finally {
      boolean _ = Thread.interrupted(); // the response can still be sent
    }
  }

  private static <T> T interruptibly(Callable<? extends T> work, ActiveRequests.Entry entry) {
    try {
      return work.call();
    } catch (Exception thrown) {
      throw entry.explain(thrown);
    } finally {
      boolean _ = Thread.interrupted(); // the response can still be sent
    }
  }

  private void send(
      @Nullable ChatEvent first, ChatAnswer answer, StreamWriter wire, ActiveRequests.Entry entry)
      throws IOException {
    try {
      ChatEvent event = first;
      while (!(event instanceof ChatEvent.Finished)) {
        if (event != null) {
          wire.event(event);
        }
        event = answer.next(Duration.ZERO);
        if (event == null) { // everything so far has been written
          wire.flush();
          entry.sending();
          event = nextOrHeartbeat(answer, entry);
          if (event == null) {
            wire.heartbeat();
          }
        }
        entry.throwIfStopped();
      }
      wire.event(event);
      wire.end(answer.end());
    } catch (RuntimeException thrown) {
      wire.failure(entry.explain(thrown));
    }
  }

  /** Returns the next event, or null when a heartbeat is due. */
  private @Nullable ChatEvent nextOrHeartbeat(ChatAnswer answer, ActiveRequests.Entry entry) {
    long begin = System.nanoTime();
    Duration step = activeRequests.interval();
    while (true) {
      ChatEvent event = answer.next(step);
      if (event != null
          || entry.takeHeartbeatDue()
          || System.nanoTime() - begin >= heartbeat.toNanos()) {
        return event;
      }
      entry.throwIfStopped();
    }
  }

  /**
   * Runs a long task other than an answer. The thread is interrupted if the client closes the
   * connection.
   */
  public <T> T call(Callable<? extends T> work) {
    try (ActiveRequests.Entry entry = register(Thread.currentThread()::interrupt)) {
      return interruptibly(work, entry);
    }
  }

  /**
   * Sends lines while a task is running. Errors before the first line are thrown; later errors are
   * sent as the last line. The thread is interrupted if the client closes the connection.
   */
  public void lines(LineFormat format, LineProducer work) {
    Thread worker = Thread.currentThread();
    try (ActiveRequests.Entry entry = register(worker::interrupt)) {
      entry.probeBy(() -> false); // the work may send no line for long, and has no heartbeat
      reportIgnored();
      LineWriter lines = new LineWriter(context, format);
      try {
        work.run(lines);
      } catch (InterruptedException | RuntimeException thrown) {
        boolean _ = Thread.interrupted(); // the last line can still be sent
        lines.fail(ErrorMapper.map(thrown));
      }
    }
  }

  private ActiveRequests.Entry register(Runnable cancel) {
    var request = context.req();
    ActiveRequests.Entry entry =
        activeRequests.add(
            new InetSocketAddress(request.getLocalAddr(), request.getLocalPort()),
            new InetSocketAddress(request.getRemoteAddr(), request.getRemotePort()),
            cancel);
    entry.probeBy(this::probe);
    return entry;
  }

  /**
   * Sends an interim response, which clients skip; HTTP/1.0 has none. It is written past Jetty,
   * which sends this one only to clients that expect it, and some clients skip no other.
   *
   * @return whether it was sent
   */
  private boolean probe() {
    if (context.protocol().equals("HTTP/1.0")) {
      return false;
    }
    Callback.Completable written = new Callback.Completable();
    ServletContextRequest.getServletContextRequest(context.req())
        .getConnectionMetaData()
        .getConnection()
        .getEndPoint()
        .write(written, ByteBuffer.wrap(CONTINUE));
    return !written.isCompletedExceptionally();
  }
}
