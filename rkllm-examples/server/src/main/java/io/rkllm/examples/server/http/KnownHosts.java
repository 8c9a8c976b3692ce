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
 * The names in Host headers that a server answers to. A web page can point its own name to this
 * machine, but it cannot point there an address, a name that only this machine or its network
 * resolves, or a name that container engines reserve.
 *
 * <p>Only a server that listens on the loopback interface alone checks names: one that the network
 * reaches is known there by names that it cannot know, and has a key.
 */
final class KnownHosts {
  private static final Path SYSTEM_NAME = Path.of("/proc/sys/kernel/hostname");
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

  /** Reserved for this machine, for multicast DNS and for private networks. */
  private static final List<String> LOCAL_SUFFIXES = List.of(".localhost", ".local", ".internal");

  private final boolean checked;
  private final Set<String> names = new HashSet<>();

  /**
   * Returns the names of a server.
   *
   * @param listening the host that it listens on
   * @param allowed further names
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

  /** Returns whether a server that listens there is reached from this machine alone. */
  static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return true; // the listener will say so
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
