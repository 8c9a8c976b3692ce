package io.rkllm.examples.server.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A response that consists of lines and begins with the first of them. Used by one thread. */
final class LineWriter implements Consumer<String> {
  private static final Logger LOG = LoggerFactory.getLogger(LineWriter.class);

  private final Context context;
  private final LineFormat format;
  private @Nullable OutputStream out; // from the first line on
  private boolean broken;

  LineWriter(Context context, LineFormat format) {
    this.context = context;
    this.format = format;
  }

  /**
   * Sends a line.
   *
   * @throws UncheckedIOException if the client has closed the connection
   */
  @Override
  public void accept(String line) {
    try {
      if (out == null) {
        out = StreamWriter.open(context, format.contentType());
      }
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      broken = true;
      throw new UncheckedIOException(e);
    }
  }

  /** Throws the error if nothing was sent yet, and otherwise sends it as the last line. */
  void fail(RequestException error) {
    if (out == null) {
      throw error;
    }
    try {
      if (!broken) {
        accept(format.failure().apply(error));
      }
    } catch (UncheckedIOException _) {
      // reported below
    }
    if (broken) {
      LOG.debug("{}: the client has gone", context.path());
    }
  }
}
