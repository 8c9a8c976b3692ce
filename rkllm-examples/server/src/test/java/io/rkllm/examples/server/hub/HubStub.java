package io.rkllm.examples.server.hub;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A hub on this machine, by plain sockets, so that it can cut, stall and lie. It serves its files
 * well, but for the requests for which a test has planned something else.
 */
public final class HubStub implements AutoCloseable {
  private final ServerSocket listener;
  private final Map<String, byte[]> files = new ConcurrentHashMap<>();
  private final Map<String, Queue<Behaviour>> planned = new ConcurrentHashMap<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  public HubStub() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.startVirtualThread(this::accept);
  }

  /** A request that was received; the names of its headers are in lower case. */
  public record Request(String method, String path, Map<String, String> headers) {
    /** Returns the offset from which the client requests the file. */
    public int from() {
      String range = headers.getOrDefault("range", "bytes=0-");
      return Integer.parseInt(range.replaceAll("[^0-9]", ""));
    }
  }

  /** An answer, byte by byte if need be; the connection is closed after it. */
  public interface Behaviour {
    void answer(Request request, OutputStream out) throws IOException, InterruptedException;
  }

  public URI address() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /** The same machine by another name: another host, as far as a client can tell. */
  URI otherHost() {
    return URI.create("http://localhost:" + listener.getLocalPort());
  }

  /** Has a file, at its path in the main revision of a repository. */
  public HubStub with(String repository, String file, byte[] content) {
    files.put("/" + repository + "/resolve/main/" + file, content);
    return this;
  }

  /** Plans for the next requests of a method, one for each; the last one stays if told so. */
  public HubStub plan(String method, Behaviour... behaviours) {
    planned.computeIfAbsent(method, _ -> new ArrayDeque<>()).addAll(List.of(behaviours));
    return this;
  }

  public List<Request> requests(String method) {
    return requests.stream().filter(request -> request.method().equals(method)).toList();
  }

  /** Forgets the requests so far. */
  public void forgetRequests() {
    requests.clear();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        Thread.startVirtualThread(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket;
        OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16)) {
      Request request = read(socket.getInputStream());
      requests.add(request);
      next(request).answer(request, out);
    } catch (IOException e) {
      // the client has gone
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Behaviour next(Request request) {
    Queue<Behaviour> queue = planned.get(request.method());
    if (queue != null && files.containsKey(request.path())) {
      synchronized (queue) {
        Behaviour behaviour = queue.poll();
        if (behaviour != null) {
          return behaviour;
        }
      }
    }
    return this::well;
  }

  private static Request read(InputStream in) throws IOException {
    String[] first = line(in).split(" ", 3);
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return new Request(first[0], first[1], headers);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /** Answers like the real hub: with sizes and checksums to HEAD, with ranges to GET. */
  public void well(Request request, OutputStream out) throws IOException {
    byte[] content = files.get(request.path());
    if (request.path().startsWith("/api/models/no/where/")) {
      head(out, "404 Not Found", "Content-Length: 0");
    } else if (request.path().startsWith("/api/models/")) {
      byte[] list = list(request.path()).getBytes(StandardCharsets.UTF_8);
      head(out, "200 OK", "Content-Length: " + list.length);
      out.write(list);
    } else if (content == null) {
      head(out, "404 Not Found", "X-Error-Code: EntryNotFound", "Content-Length: 0");
    } else if (request.method().equals("HEAD")) {
      head(
          out,
          "200 OK",
          "X-Linked-Size: " + content.length,
          "X-Linked-Etag: \"" + sha256(content) + "\"",
          "Content-Length: " + content.length);
    } else {
      int from = request.from();
      beginBody(request, out, content.length);
      out.write(content, from, content.length - from);
    }
    out.flush();
  }

  private String list(String path) {
    String repository = path.replaceAll("^/api/models|/tree/.*", "") + "/resolve/main/";
    return files.keySet().stream()
        .filter(file -> file.startsWith(repository))
        .map(file -> "{\"type\":\"file\",\"path\":\"" + file.substring(repository.length()) + "\"}")
        .collect(Collectors.joining(",", "[{\"type\":\"directory\",\"path\":\"sub\"},", "]"))
        .replace("},]", "}]");
  }

  /** The head of a good answer. */
  public static void beginBody(Request request, OutputStream out, int length) throws IOException {
    int from = request.from();
    if (from == 0) {
      head(out, "200 OK", "ETag: \"v1\"", "Content-Length: " + length);
    } else {
      head(
          out,
          "206 Partial Content",
          "ETag: \"v1\"",
          "Content-Range: bytes " + from + "-" + (length - 1) + "/" + length,
          "Content-Length: " + (length - from));
    }
  }

  static void head(OutputStream out, String status, String... headers) throws IOException {
    String head =
        "HTTP/1.1 "
            + status
            + "\r\n"
            + String.join("", Stream.of(headers).map(header -> header + "\r\n").toList())
            + "Connection: close\r\n\r\n";
    out.write(head.getBytes(StandardCharsets.UTF_8));
  }

  /** An answer without a body. */
  static Behaviour status(String status, String... headers) {
    return (request, out) -> {
      String[] all = Arrays.copyOf(headers, headers.length + 1);
      all[headers.length] = "Content-Length: 0";
      head(out, status, all);
      out.flush();
    };
  }

  static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
