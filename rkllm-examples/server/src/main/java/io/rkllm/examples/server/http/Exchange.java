package io.rkllm.examples.server.http;

import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.rkllm.examples.server.chat.AnswerEnd;
import io.rkllm.examples.server.chat.ChatAnswer;
import io.rkllm.examples.server.chat.CollectedAnswer;
import io.rkllm.tools.event.ChatEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** A request and its response, on the thread that handles it. */
public final class Exchange {
  /** The header that names what had no effect. */
  static final String IGNORED = "Rkllm-Ignored";

  /** Characters of the names of ignored parameters, which clients choose. */
  private static final int MAX_IGNORED = 1_000;

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
    try {
      return context.bodyAsBytes();
    } catch (HttpResponseException e) {
      throw e; // too large
    } catch (Exception e) { // Kotlin declares none of those that are thrown
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

  /** A part of the path. */
  public String pathParameter(String name) {
    return context.pathParam(name);
  }

  /** Reports to the client, and to the log, that these parameters have no effect. */
  public void ignore(Set<String> parameters) {
    ignored.addAll(parameters);
  }

  /** Responds by JSON. */
  public void send(JsonNode json) {
    send(200, json);
  }

  /** Responds by JSON, with a status. */
  public void send(int status, JsonNode json) {
    reportIgnored();
    context
        .status(status)
        .contentType("application/json; charset=utf-8")
        .result(Json.text(json).getBytes(StandardCharsets.UTF_8));
  }

  /** Responds that all is well, and no more. */
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
   * Has an answer generated and sends it when it is complete.
   *
   * @param response what the whole answer becomes
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
   * Has an answer generated and sends it while it comes. What goes wrong before anything was sent
   * is thrown.
   */
  public void stream(Supplier<? extends ChatAnswer> begin, StreamFormat format) {
    try (ActiveRequests.Entry entry = register(Thread.currentThread()::interrupt);
        ChatAnswer answer = begin(begin, entry)) {
      ignore(answer.ignored());
      ChatEvent first = next(answer, entry);
      entry.throwIfStopped();
      reportIgnored();
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

  /** While the answer cannot be cancelled yet, since its model is loaded, the thread is. */
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
      boolean _ = Thread.interrupted(); // the response is still to be written
    }
  }

  private static <T> T interruptibly(Callable<? extends T> work, ActiveRequests.Entry entry) {
    try {
      return work.call();
    } catch (Exception thrown) {
      throw entry.explain(thrown);
    } finally {
      boolean _ = Thread.interrupted(); // the response is still to be written
    }
  }

  private void send(
      @Nullable ChatEvent first, ChatAnswer answer, StreamWriter wire, ActiveRequests.Entry entry)
      throws IOException {
    try {
      ChatEvent event = first;
      while (!(event instanceof ChatEvent.Finished)) {
        if (event == null) {
          wire.heartbeat();
        } else {
          wire.event(event);
        }
        event = answer.next(Duration.ZERO);
        if (event == null) { // all there is has been written
          wire.flush();
          event = answer.next(heartbeat);
        }
        entry.throwIfStopped();
      }
      wire.event(event);
      wire.end(answer.end());
    } catch (RuntimeException thrown) {
      wire.failure(entry.explain(thrown));
    }
  }

  /**
   * Does work that is not an answer and takes its time. When nobody waits for the result any more,
   * the thread is interrupted.
   */
  public <T> T call(Callable<? extends T> work) {
    try (ActiveRequests.Entry entry = register(Thread.currentThread()::interrupt)) {
      return interruptibly(work, entry);
    }
  }

  /**
   * Sends lines while work goes on. What goes wrong before the first one is thrown, what goes wrong
   * later is told by a last line. The thread is interrupted when nobody waits any more.
   */
  public void lines(LineFormat format, LineProducer work) {
    Thread worker = Thread.currentThread();
    try (ActiveRequests.Entry _ = register(worker::interrupt)) {
      reportIgnored();
      LineWriter lines = new LineWriter(context, format);
      try {
        work.run(lines);
      } catch (InterruptedException | RuntimeException thrown) {
        boolean _ = Thread.interrupted(); // the last line is still to be written
        lines.fail(ErrorMapper.map(thrown));
      }
    }
  }

  private ActiveRequests.Entry register(Runnable cancel) {
    var request = context.req();
    return activeRequests.add(
        new InetSocketAddress(request.getLocalAddr(), request.getLocalPort()),
        new InetSocketAddress(request.getRemoteAddr(), request.getRemotePort()),
        cancel);
  }
}
