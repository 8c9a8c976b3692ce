package io.rkllm.host;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The files that an application may load into a host. A child of the application loads any. A host
 * that was started by hand has a folder of models: of a path, which is one of the application's
 * machine, only the file name counts.
 *
 * @param folder the folder, or null if paths are used as they are
 */
record HostFiles(@Nullable Path folder) {
  /** The system property with the folder. */
  static final String PROPERTY = "rkllm.host.models";

  /** Returns the files of this process. */
  static HostFiles ofThisProcess() {
    String folder = System.getProperty(PROPERTY);
    return new HostFiles(folder == null ? null : Path.of(folder));
  }

  /** Returns the path in this machine. */
  Path find(Path path) {
    Path name = path.getFileName();
    return folder == null || name == null ? path : folder.resolve(name);
  }
}
