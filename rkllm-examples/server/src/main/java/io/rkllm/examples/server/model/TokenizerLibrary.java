package io.rkllm.examples.server.model;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.rkllm.ModelLoadException;
import io.rkllm.RkllmException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Loads the native library of Hugging Face's tokenizers from the jar of DJL's binding.
 *
 * <p>DJL's own loader is never used. It takes a library from a cache without checking it, and the
 * cache may be a folder of {@code java.io.tmpdir} that was created by another user. It also unpacks
 * a second library there to look for graphics cards, and reports its use over the network. Here the
 * library is unpacked for each process into a new folder that only the user can enter, and is
 * deleted as soon as it is loaded.
 */
final class TokenizerLibrary {
  private static final String FILE = "libtokenizers.so";
  private static final String TEMPORARY = "java.io.tmpdir";

  private static final int ROOT = 0;
  private static final int STICKY = 01000;
  private static final int WRITABLE_BY_OTHERS = 0022;

  private static boolean loaded;

  private TokenizerLibrary() {}

  /**
   * Returns the functions of the library, which is loaded by the first call.
   *
   * @param model the model that needs the library, for the exception
   * @throws ModelLoadException if the library cannot be loaded; the message says what to do
   */
  static synchronized TokenizersLibrary load(Path model) {
    if (!loaded) {
      Path temporary = Path.of(System.getProperty(TEMPORARY)).toAbsolutePath();
      try {
        unpackAndLoad(temporary);
      } catch (IOException | UnsatisfiedLinkError e) {
        throw new ModelLoadException(
            "cannot load the tokenizer of %s: its native library cannot be used from %s (%s); %s"
                .formatted(model, temporary, e.getMessage(), remedy(e)),
            model,
            RkllmException.NO_CODE,
            e);
      }
      loaded = true;
    }
    return TokenizersLibrary.LIB;
  }

  private static String remedy(Throwable failure) {
    return String.valueOf(failure.getMessage()).contains("GLIBC_")
        ? "it needs glibc 2.34 or later, which Debian 12 and Ubuntu 22.04 have"
        : "start Java with -D%s=FOLDER, a folder that you alone can write to and that is not mounted"
                .formatted(TEMPORARY)
            + " noexec";
  }

  @SuppressWarnings("restricted") // the program is started with --enable-native-access
  private static void unpackAndLoad(Path temporary) throws IOException {
    Path folder = Files.createTempDirectory(temporary, "rkllm-tokenizers"); // created with mode 700
    Path file = folder.resolve(FILE);
    try (InputStream library = TokenizersLibrary.class.getResourceAsStream(resource())) {
      refuseIfOthersCanReplace(folder, temporary);
      if (library == null) {
        throw new FileSystemException(resource(), null, "is not in the jar");
      }
      Files.copy(library, file);
      System.load(file.toString());
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  private static String resource() {
    String processor = System.getProperty("os.arch");
    return "/native/lib/linux-%s/cpu/%s"
        .formatted(processor.equals("amd64") ? "x86_64" : processor, FILE);
  }

  /**
   * Rejects a folder that another user could replace: even a folder of mode 700 can be moved away
   * by a user who may rename files in its parent.
   */
  private static void refuseIfOthersCanReplace(Path folder, Path parent) throws IOException {
    int mode = (int) Files.getAttribute(parent, "unix:mode");
    if ((mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0) {
      throw new FileSystemException(
          parent.toString(), null, "others can replace files there, since it has no sticky bit");
    }
    int owner = (int) Files.getAttribute(parent, "unix:uid");
    if (owner != ROOT && owner != (int) Files.getAttribute(folder, "unix:uid")) {
      throw new FileSystemException(
          parent.toString(), null, "belongs to the user " + Files.getOwner(parent).getName());
    }
  }
}
