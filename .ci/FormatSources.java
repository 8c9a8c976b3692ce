import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Formats the Java sources under the working directory, or checks that they are formatted. Run by
 * the build as a single-file program with google-java-format on its class path.
 */
final class FormatSources {
  /** Folders that hold no source of ours: build output, generated bindings, version control. */
  private static final Set<String> SKIPPED = Set.of("target", "gen", ".git");

  public static void main(String[] args) throws IOException, FormatterException {
    boolean write = args[0].equals("write");
    var unformatted = new ArrayList<Path>();
    for (Path file : sources()) {
      String source = Files.readString(file);
      String formatted = format(file, source);
      if (formatted.equals(source)) {
        continue;
      }
      if (write) {
        Files.writeString(file, formatted);
      } else {
        unformatted.add(file);
      }
    }
    if (!unformatted.isEmpty()) {
      System.err.println("Not formatted (mvn -q -Pformat mends it):");
      unformatted.forEach(file -> System.err.println("  " + file));
      System.exit(1);
    }
  }

  private static String format(Path file, String source) throws FormatterException {
    try {
      String ordered =
          ImportOrderer.reorderImports(
              RemoveUnusedImports.removeUnusedImports(source), JavaFormatterOptions.Style.GOOGLE);
      return new Formatter().formatSource(ordered);
    } catch (FormatterException e) {
      System.err.println(file + " does not parse: " + e.getMessage());
      throw e;
    }
  }

  private static List<Path> sources() throws IOException {
    var files = new ArrayList<Path>();
    Files.walkFileTree(
        Path.of(""),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            boolean skipped = SKIPPED.contains(Objects.toString(folder.getFileName(), ""));
            return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java")) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }
}
