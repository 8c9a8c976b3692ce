package io.rkllm.ffm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads the properties of the machine from Linux: kernel driver, SoC, clocks, CPU features, memory.
 * Any of them may be missing; none is required. Files are read again at each call and not kept
 * open. {@link BoardFindings} evaluates these properties; {@link DeviceNodes} has those of device
 * nodes.
 */
final class BoardFacts {
  private static final List<String> DRIVER_VERSIONS =
      List.of(
          "sys/kernel/debug/rknpu/version",
          "proc/rknpu/version",
          "proc/debug/rknpu/version",
          "sys/module/rknpu/version");

  private static final Set<String> CPU_FEATURES =
      Set.of(
          "asimd", "asimdhp", "asimddp", "fphp", "i8mm", "bf16", "sve", "sve2", "f16c", "fma",
          "avx2", "avx512f");

  private static final Pattern NUMBER = Pattern.compile("\\d+(?:\\.\\d+)+");
  private static final int MAX_TEXT = 64 << 10;

  private final Path root;

  /** Reads the properties of this machine. */
  BoardFacts() {
    this(Path.of("/"));
  }

  /**
   * @param root the folder that contains {@code proc}, {@code sys} and {@code dev}
   */
  BoardFacts(Path root) {
    this.root = root;
  }

  /**
   * Returns the version of the rknpu kernel driver, such as {@code 0.9.8}, or the text found in its
   * place.
   */
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

  /** Returns the device nodes of NPU and GPU. */
  DeviceNodes nodes() {
    return new DeviceNodes(root);
  }

  /** Returns whether {@code /sys} is visible; a container may hide it. */
  boolean hasSys() {
    return Files.isDirectory(root.resolve("sys/class"));
  }

  /** Returns whether the kernel has the vendor's NPU driver, loaded or built in. */
  boolean hasRknpu() {
    return driverVersion().isPresent() || hasDriver("rknpu", "RKNPU");
  }

  /** Returns whether the kernel has the mainline driver of the same NPU, loaded or built in. */
  boolean hasRocket() {
    return hasDriver("rocket", "rocket") || nodes().hasAccelOf("rocket");
  }

  private boolean hasDriver(String module, String driver) {
    return Files.exists(root.resolve("sys/module").resolve(module))
        || Files.exists(root.resolve("sys/bus/platform/drivers").resolve(driver));
  }

  /**
   * Returns the governors of the CPU clocks by policy, such as {@code policy0} and {@code
   * ondemand}.
   */
  Map<String, String> cpuGovernors() {
    return governors("sys/devices/system/cpu/cpufreq", "policy*", "scaling_governor");
  }

  /** Returns the governor of the NPU clock by device, such as {@code fdab0000.npu}. */
  Map<String, String> npuGovernors() {
    return governors("sys/class/devfreq", "*npu", "governor");
  }

  /** Returns the governor of the memory clock by device; empty if the clock does not scale. */
  Map<String, String> memoryGovernors() {
    return governors("sys/class/devfreq", "dmc", "governor");
  }

  private Map<String, String> governors(String folder, String glob, String file) {
    Map<String, String> governors = new TreeMap<>();
    try (DirectoryStream<Path> devices = Files.newDirectoryStream(root.resolve(folder), glob)) {
      for (Path device : devices) {
        String name = String.valueOf(device.getFileName());
        governors.put(
            name, text(folder + "/" + name + "/" + file).map(String::strip).orElse("unknown"));
      }
    } catch (IOException | DirectoryIteratorException e) {
      return Map.of();
    }
    return governors;
  }

  /**
   * Returns the names of the board and its SoC in the device tree, such as {@code rockchip,rk3588}.
   */
  List<String> compatible() {
    return text("proc/device-tree/compatible").stream()
        .flatMap(text -> Stream.of(text.split("\0")))
        .filter(name -> !name.isBlank())
        .toList();
  }

  /**
   * Returns the features of the first CPU that are relevant to inference, by their names in the
   * kernel.
   */
  Optional<String> cpuFeatures() {
    return text("proc/cpuinfo")
        .flatMap(info -> field(info, "(?:Features|flags)\\s*"))
        .map(
            all ->
                Stream.of(all.split(" ", -1))
                    .filter(CPU_FEATURES::contains)
                    .collect(Collectors.joining(" ")));
  }

  /** Returns the memory of the machine in megabytes. */
  Optional<Long> memoryMegabytes() {
    return memory("MemTotal");
  }

  /** Returns the available memory in megabytes. */
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

  /** Returns the beginning of a file, or empty if it cannot be read. */
  private Optional<String> text(String file) {
    try (var in = Files.newInputStream(root.resolve(file))) {
      return Optional.of(new String(in.readNBytes(MAX_TEXT), StandardCharsets.UTF_8));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
