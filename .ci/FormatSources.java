import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.io.UncheckedIOException;
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
  /**
   * Folders without sources to format: build output, generated bindings, version control, and
   * scripts, whose comments are read by JBang.
   */
  private static final Set<String> SKIPPED = Set.of("target", "gen", ".git", "jbang");

  public static void main(String[] args) throws IOException {
    boolean write = args[0].equals("write");
    List<Path> unformatted =
        sources().parallelStream().filter(file -> !isFormatted(file, write)).toList();
    if (!unformatted.isEmpty()) {
      System.err.println("Not formatted; run mvn -q -Pformat:");
      unformatted.forEach(file -> System.err.println("  " + file));
      System.exit(1);
    }
  }

  /** Returns whether the file is formatted; in write mode, formats it first. */
  private static boolean isFormatted(Path file, boolean write) {
    try {
      String source = Files.readString(file);
      String formatted = format(source);
      if (write && !formatted.equals(source)) {
        Files.writeString(file, formatted);
      }
      return write || formatted.equals(source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (FormatterException e) {
      throw new IllegalArgumentException(file + " does not parse", e);
    }
  }

  private static String format(String source) throws FormatterException {
    String ordered =
        ImportOrderer.reorderImports(
            RemoveUnusedImports.removeUnusedImports(source), JavaFormatterOptions.Style.GOOGLE);
    return new Formatter().formatSource(ordered);
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
