package io.rkllm.examples.server.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A page of the documentation, in Markdown. */
record Page(Path file) {
  static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();

  private static final Pattern NOTE = Pattern.compile("<!-- (.+) -->");

  /** Returns the pages in the root of the repository, in docs, and beside the examples. */
  static List<Page> all() {
    return Stream.of("", "docs", "rkllm-examples", ".github")
        .map(ROOT::resolve)
        .flatMap(folder -> list(folder).stream())
        .filter(file -> file.toString().endsWith(".md"))
        .sorted()
        .map(Page::new)
        .toList();
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the lines of the page. */
  List<String> lines() {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the lines outside of fenced blocks. */
  List<String> prose() {
    List<String> prose = new ArrayList<>();
    boolean code = false;
    for (String line : lines()) {
      if (line.strip().startsWith("```")) {
        code = !code;
      } else if (!code) {
        prose.add(line);
      }
    }
    return prose;
  }

  /** Returns the fenced blocks of a language, with the HTML comments directly before each. */
  List<Block> blocks(String language) {
    List<Block> blocks = new ArrayList<>();
    Deque<String> notes = new ArrayDeque<>();
    List<String> lines = lines();
    for (int i = 0; i < lines.size(); i++) {
      var note = NOTE.matcher(lines.get(i));
      if (note.matches()) {
        notes.add(note.group(1));
      } else if (lines.get(i).startsWith("```")) {
        int end = i + 1;
        while (!lines.get(end).startsWith("```")) {
          end++;
        }
        if (lines.get(i).equals("```" + language)) {
          String code = String.join("\n", lines.subList(i + 1, end)) + "\n";
          blocks.add(new Block(this + ":" + (i + 1), code, List.copyOf(notes)));
        }
        notes.clear();
        i = end;
      } else {
        notes.clear();
      }
    }
    return blocks;
  }

  @Override
  public String toString() {
    return ROOT.relativize(file).toString();
  }

  /**
   * A fenced block.
   *
   * @param name the page and the line
   * @param notes the texts of the HTML comments before it, such as {@code with: Path file}
   */
  record Block(String name, String code, List<String> notes) {
    /** Returns what a comment says behind a word and a colon, or the empty string. */
    String note(String word) {
      return notes.stream()
          .filter(note -> note.startsWith(word + ": "))
          .map(note -> note.substring(word.length() + 2))
          .findFirst()
          .orElse("");
    }

    @Override
    public String toString() {
      return name;
    }
  }
}
