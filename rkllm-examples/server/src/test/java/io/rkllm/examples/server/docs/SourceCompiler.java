package io.rkllm.examples.server.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/** Compiles sources against everything that this module has on its class path. */
final class SourceCompiler implements AutoCloseable {
  private final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
  private final StandardJavaFileManager files;

  /** Creates a compiler that writes class files into a folder. */
  SourceCompiler(Path classes) {
    files = compiler.getStandardFileManager(null, Locale.ROOT, null);
    try {
      files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(classes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Compiles sources, by file name, together and returns the errors. */
  List<String> compile(Map<String, String> sources) {
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    Collection<Source> units =
        sources.entrySet().stream().map(e -> new Source(e.getKey(), e.getValue())).toList();
    List<String> options = List.of("-proc:none", "--release", "25");
    compiler.getTask(null, files, found, options, null, units).call();
    return found.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
        .map(diagnostic -> diagnostic.toString())
        .toList();
  }

  @Override
  public void close() throws IOException {
    files.close();
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String name, String text) {
      super(URI.create("string:///" + name), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
