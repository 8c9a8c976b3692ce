package io.rkllm.examples.server.page;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file of the page, kept in memory. A browser may keep it too, but asks each time whether it is
 * still the same: the next release of the server has another one at the same path.
 */
final class PageFile {
  private final byte[] content;
  private final String contentType;
  private final String tag;

  private PageFile(byte[] content, String contentType) {
    this.content = content;
    this.contentType = contentType;
    this.tag = '"' + hash(content) + '"';
  }

  /** Reads it from the class path. */
  static PageFile read(String resource) {
    try (InputStream in = PageFile.class.getResourceAsStream("/" + resource)) {
      if (in == null) {
        throw new IllegalStateException(
            "the chat page is incomplete: there is no " + resource + " on the class path");
      }
      return new PageFile(in.readAllBytes(), contentType(resource));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }

  private static String contentType(String resource) {
    return switch (resource.substring(resource.lastIndexOf('.') + 1)) {
      case "html" -> "text/html; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "js", "mjs" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> throw new IllegalStateException("what kind of file is " + resource + "?");
    };
  }

  private static String hash(byte[] content) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
      return HexFormat.of().formatHex(hash, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  void send(Context context) {
    context.header("ETag", tag).header("Cache-Control", "no-cache");
    if (tag.equals(context.header("If-None-Match"))) {
      context.status(304);
    } else {
      context.contentType(contentType).result(content);
    }
  }
}
