package io.rkllm.ffm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What Linux tells of the machine: kernel driver, NPU node, SoC, CPU features, memory. Every fact
 * may be missing; none is required. Reads anew at each call; keeps nothing open.
 */
final class BoardFacts {
  private static final List<String> DRIVER_VERSIONS =
      List.of(
          "sys/kernel/debug/rknpu/version", "proc/debug/rknpu/version", "sys/module/rknpu/version");

  private static final Set<String> CPU_FEATURES =
      Set.of(
          "asimd", "asimdhp", "asimddp", "fphp", "i8mm", "bf16", "sve", "sve2", "f16c", "fma",
          "avx2", "avx512f");

  private static final Pattern NUMBER = Pattern.compile("\\d+(?:\\.\\d+)+");
  private static final int MAX_TEXT = 64 << 10;

  private final Path root;

  /** Of this machine. */
  BoardFacts() {
    this(Path.of("/"));
  }

  /**
   * @param root where {@code proc}, {@code sys} and {@code dev} lie
   */
  BoardFacts(Path root) {
    this.root = root;
  }

  /** The version of the rknpu kernel driver, such as {@code 0.9.8}. */
  Optional<String> driverVersion() {
    return DRIVER_VERSIONS.stream()
        .flatMap(file -> text(file).stream())
        .map(
            text -> {
              Matcher number = NUMBER.matcher(text);
              return number.find() ? number.group() : text.strip();
            })
        .filter(version -> !version.isEmpty())
        .findFirst();
  }

  /** Device nodes through which the NPU may be reached: {@code rknpu}, or DRM render nodes. */
  List<String> npuNodes() {
    if (Files.exists(root.resolve("dev/rknpu"))) {
      return List.of("/dev/rknpu");
    }
    try (DirectoryStream<Path> nodes =
        Files.newDirectoryStream(root.resolve("dev/dri"), "renderD*")) {
      List<String> names = new ArrayList<>();
      nodes.forEach(node -> names.add("/dev/dri/" + node.getFileName()));
      names.sort(null);
      return names;
    } catch (IOException | RuntimeException e) {
      return List.of();
    }
  }

  /** Whether this user may use such a node. */
  boolean mayOpen(String node) {
    Path path = root.resolve(node.substring(1));
    return Files.isReadable(path) && Files.isWritable(path);
  }

  /** What the device tree calls the board and its SoC, such as {@code rockchip,rk3588}. */
  List<String> compatible() {
    return text("proc/device-tree/compatible").stream()
        .flatMap(text -> Stream.of(text.split("\0")))
        .filter(name -> !name.isBlank())
        .toList();
  }

  /** The features of the first CPU that matter to inference, as the kernel calls them. */
  Optional<String> cpuFeatures() {
    return text("proc/cpuinfo")
        .flatMap(info -> field(info, "(?:Features|flags)\\s*"))
        .map(
            all ->
                Stream.of(all.split(" ", -1))
                    .filter(CPU_FEATURES::contains)
                    .collect(Collectors.joining(" ")));
  }

  /** The memory of the machine in megabytes. */
  Optional<Long> memoryMegabytes() {
    return memory("MemTotal");
  }

  /** The memory that is available in megabytes. */
  Optional<Long> availableMegabytes() {
    return memory("MemAvailable");
  }

  private Optional<Long> memory(String name) {
    return text("proc/meminfo")
        .flatMap(info -> field(info, name))
        .flatMap(
            value -> {
              Matcher kilobytes = Pattern.compile("(\\d{1,15}) kB").matcher(value);
              return kilobytes.find()
                  ? Optional.of(Long.parseLong(kilobytes.group(1)) / 1024)
                  : Optional.empty();
            });
  }

  private static Optional<String> field(String text, String name) {
    Matcher matcher = Pattern.compile("(?m)^" + name + ":\\s*(.*)$").matcher(text);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /** The beginning of a file; empty if it cannot be read. */
  private Optional<String> text(String file) {
    try (var in = Files.newInputStream(root.resolve(file))) {
      return Optional.of(new String(in.readNBytes(MAX_TEXT), StandardCharsets.UTF_8));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
