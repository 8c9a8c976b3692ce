package io.rkllm.examples.server.page;

import io.javalin.http.Context;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A file of the page, kept compressed in memory. Browsers may cache it but must revalidate it on
 * each use, because the next release of the server may have another file at the same path.
 */
final class PageFile {
  private final byte[] compressed;
  private final String contentType;
  private final String tag;

  private PageFile(byte[] content, String contentType) throws IOException {
    this.compressed = compress(content);
    this.contentType = contentType;
    this.tag = '"' + hash(content) + '"';
  }

  /** Reads a file from the class path. */
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

  private static byte[] compress(byte[] content) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(content);
    }
    return compressed.toByteArray();
  }

  private byte[] content() {
    try (InputStream gzip = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
      return gzip.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException("a file of the page cannot be decompressed", e);
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
      throw new IllegalStateException(e); // supported by every Java platform
    }
  }

  void send(Context context) {
    boolean gzip =
        String.valueOf(context.header("Accept-Encoding"))
            .matches("(?i).*\\bgzip\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$)).*");
    String variant = gzip ? tag.replaceFirst("\"$", "-gzip\"") : tag;
    context.header("ETag", variant).header("Cache-Control", "no-cache");
    context.res().addHeader("Vary", "Accept-Encoding");
    if (variant.equals(context.header("If-None-Match"))) {
      context.status(304);
      return;
    }
    context.contentType(contentType);
    if (gzip) {
      context.header("Content-Encoding", "gzip").result(compressed);
    } else {
      context.result(content());
    }
  }
}
