package io.rkllm.examples.server.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names in Host headers that the server accepts. A web page can make its own host name resolve
 * to this machine, but it cannot do so with an IP address, a name that is resolved only by this
 * machine or its network, or a name reserved by container engines.
 *
 * <p>Names are checked only if the server listens on the loopback interface alone. A server that is
 * reachable from the network may have any number of names, and requires a key.
 */
final class KnownHosts {
  private static final Path SYSTEM_NAME = Path.of("/proc/sys/kernel/hostname");
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

  /** The suffixes reserved for this machine, for multicast DNS and for private networks. */
  private static final List<String> LOCAL_SUFFIXES = List.of(".localhost", ".local", ".internal");

  private final boolean checked;
  private final Set<String> names = new HashSet<>();

  /**
   * Creates the set of names of a server.
   *
   * @param listening the host that the server listens on
   * @param allowed additional names
   */
  KnownHosts(String listening, Set<String> allowed) {
    checked = isLoopback(listening);
    names.add("localhost");
    names.add(listening.toLowerCase(Locale.ROOT));
    String machine = machineName();
    names.add(machine);
    names.add(machine.replaceFirst("\\..*", ""));
    names.remove("");
    allowed.forEach(host -> names.add(host.toLowerCase(Locale.ROOT)));
  }

  /** Returns whether a server listening on a host can be reached from this machine only. */
  static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return true; // listening will fail with an error message
    }
  }

  /** Returns the system's own name of this machine; empty if it has none. */
  private static String machineName() {
    try {
      return Files.readString(SYSTEM_NAME).strip().toLowerCase(Locale.ROOT);
    } catch (IOException e) { // not Linux
      try {
        return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
      } catch (UnknownHostException _) {
        return "";
      }
    }
  }

  /** Returns whether the server answers to a Host header. */
  boolean contains(String header) {
    String host = withoutPort(header).toLowerCase(Locale.ROOT);
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    return !checked
        || name.startsWith("[")
        || IPV4.matcher(name).matches()
        || LOCAL_SUFFIXES.stream().anyMatch(name::endsWith)
        || names.contains(name);
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
  }
}
