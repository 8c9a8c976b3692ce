package io.rkllm.ffm;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the device nodes of NPU and GPU and the devices they belong to. On most boards {@code
 * renderD128} belongs to the GPU, so NPU nodes are identified by their kernel driver, never by
 * their number. Files are read again at each call and not kept open.
 */
final class DeviceNodes {
  private static final Pattern DRM_NODE = Pattern.compile("(?:renderD|card)\\d+");
  private static final Pattern DRIVER = Pattern.compile("(?m)^DRIVER=(\\S+)");
  private static final Pattern COMPATIBLE = Pattern.compile("(?m)^OF_COMPATIBLE_\\d+=(\\S+)");

  private final Path root;

  /**
   * @param root the folder that contains {@code sys} and {@code dev}
   */
  DeviceNodes(Path root) {
    this.root = root;
  }

  /**
   * Returns all nodes: {@code rknpu}, and the DRM nodes that exist in {@code /dev} or are known to
   * the kernel.
   */
  List<DeviceNode> all() {
    List<DeviceNode> nodes = new ArrayList<>();
    if (Files.exists(root.resolve("dev/rknpu"), LinkOption.NOFOLLOW_LINKS)) {
      nodes.add(new DeviceNode(DeviceNode.RKNPU, null));
    }
    Set<String> names = new TreeSet<>(names("dev/dri"));
    names.addAll(names("sys/class/drm"));
    for (String name : names) {
      if (DRM_NODE.matcher(name).matches()) {
        nodes.add(new DeviceNode("/dev/dri/" + name, driver("sys/class/drm/" + name)));
      }
    }
    return nodes;
  }

  /**
   * Returns the names of the nodes' devices in the device tree, such as {@code
   * rockchip,rk3588-rknpu}. They identify the chip if the device tree itself is hidden.
   */
  List<String> compatible() {
    return Stream.of("sys/class/drm", "sys/class/accel")
        .flatMap(folder -> names(folder).stream().map(name -> folder + "/" + name))
        .flatMap(device -> COMPATIBLE.matcher(uevent(device)).results())
        .map(found -> found.group(1))
        .distinct()
        .toList();
  }

  /**
   * Returns whether there are nodes such as {@code /dev/accel/accel0}, which mainline drivers
   * create.
   */
  boolean hasAccel() {
    return !names("dev/accel").isEmpty();
  }

  /** Returns whether the given driver has such a node. */
  boolean hasAccelOf(String driver) {
    return names("sys/class/accel").stream()
        .anyMatch(name -> driver.equals(driver("sys/class/accel/" + name)));
  }

  /**
   * Returns whether {@code /dev/rknpu} is a link to a DRM node, which has a different interface.
   */
  boolean isRknpuLinkedToDrm() {
    try {
      return Files.readSymbolicLink(root.resolve("dev/rknpu")).toString().contains("dri/");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /**
   * Opens the node for reading and writing and closes it again, which is the only way to determine
   * whether a container allows it.
   *
   * @return the reason why it cannot be opened; empty if it can
   */
  Optional<Refusal> refusal(DeviceNode node) {
    Path path = path(node);
    try (FileChannel opened =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return opened.isOpen() ? Optional.empty() : Optional.of(new Refusal(false, "closed"));
    } catch (NoSuchFileException e) {
      return Optional.of(
          new Refusal(false, "the kernel knows the device, but the file is missing"));
    } catch (AccessDeniedException e) {
      return Optional.of(new Refusal(true, "permission denied"));
    } catch (FileSystemException e) {
      String reason = e.getReason();
      return Optional.of(new Refusal(false, reason == null ? e.toString() : reason));
    } catch (IOException e) {
      return Optional.of(new Refusal(false, e.toString()));
    }
  }

  /**
   * The reason why a node cannot be opened.
   *
   * @param byPermissions whether the permissions of the file are the reason
   * @param reason the description of the reason
   */
  record Refusal(boolean byPermissions, String reason) {}

  /** Returns the group whose members may use the node; empty if membership does not help. */
  Optional<String> group(DeviceNode node) {
    try {
      PosixFileAttributes attributes = Files.readAttributes(path(node), PosixFileAttributes.class);
      boolean helps =
          attributes
              .permissions()
              .containsAll(Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_WRITE));
      String name = attributes.group().getName();
      return helps && !name.equals("root") ? Optional.of(name) : Optional.empty();
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  private Path path(DeviceNode node) {
    return root.resolve(node.path().substring(1));
  }

  /** Returns the driver of a device, from its symbolic link or the kernel's uevent file. */
  private @Nullable String driver(String device) {
    try {
      Path link = Files.readSymbolicLink(root.resolve(device).resolve("device/driver"));
      return String.valueOf(link.getFileName());
    } catch (IOException | UnsupportedOperationException e) {
      Matcher driver = DRIVER.matcher(uevent(device));
      return driver.find() ? driver.group(1) : null;
    }
  }

  private String uevent(String device) {
    try {
      byte[] text = Files.readAllBytes(root.resolve(device).resolve("device/uevent"));
      return new String(text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  private List<String> names(String folder) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(root.resolve(folder))) {
      files.forEach(file -> names.add(String.valueOf(file.getFileName())));
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    names.sort(null);
    return names;
  }
}
