package io.rkllm.examples.chat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jline.reader.Candidate;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.Terminal.SignalHandler;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines that a person types, with editing, a history, and completion.
 *
 * <p>The line is displayed on standard error, as shells do: while the runtime's output is captured,
 * descriptor 1 is a pipe. Signals are handled by {@link Interrupts}, which passes Ctrl-C on.
 */
final class LineEditor {
  private static final int HISTORY_SIZE = 1000;

  /** Stands at both ends of a message of several lines. */
  private static final String BLOCK = "\"\"\"";

  /** Kept here, because the level is lost when a logger is collected. */
  private static final Logger JLINE = Logger.getLogger("org.jline");

  private final org.jline.terminal.Terminal terminal;
  private final Attributes original;
  private final LineReader reader;
  private volatile boolean reading;

  private LineEditor(org.jline.terminal.Terminal terminal, Attributes original, LineReader reader) {
    this.terminal = terminal;
    this.original = original;
    this.reader = reader;
  }

  /** Thrown when the user presses Ctrl-C. The line is blank if nothing had been typed. */
  static final class InterruptedLineException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean blank;

    private InterruptedLineException(boolean blank) {
      super("interrupted", null, false, false);
      this.blank = blank;
    }

    boolean isBlank() {
      return blank;
    }
  }

  /**
   * Returns an editor for the terminal of this process, or null if the terminal cannot move its
   * cursor.
   *
   * @param completions returns the words that may follow a text
   */
  static @Nullable LineEditor open(Function<String, Collection<String>> completions) {
    String type = System.getenv("TERM");
    if (type == null || type.isBlank() || type.equals("dumb")) {
      return null;
    }
    JLINE.setLevel(Level.OFF); // it logs stack traces for unknown types of terminals
    try {
      var terminal =
          TerminalBuilder.builder()
              .systemOutput(TerminalBuilder.SystemOutput.SysErr)
              .provider(TerminalBuilder.PROP_PROVIDER_FFM)
              .dumb(false)
              .encoding(StandardCharsets.UTF_8)
              .nativeSignals(false)
              .signalHandler(SignalHandler.SIG_IGN)
              .graphemeCluster(false) // which asks the terminal; a serial line may not answer
              .build();
      if (terminal.getColumns() <= 0 || terminal.getRows() <= 0) {
        terminal.setSize(Size.of(80, 24)); // a serial line has no size
      }
      Attributes original = terminal.getAttributes();
      Attributes quiet = new Attributes(original); // keys pressed during an answer are for later
      quiet.setLocalFlags(EnumSet.of(LocalFlag.ICANON, LocalFlag.ECHO), false);
      terminal.setAttributes(quiet);
      return new LineEditor(terminal, original, reader(terminal, completions));
    } catch (IOException | IllegalStateException e) {
      return null;
    }
  }

  private static LineReader reader(
      org.jline.terminal.Terminal terminal, Function<String, Collection<String>> completions) {
    LineReaderBuilder builder =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .parser(new MessageParser())
            .completer((reader, line, candidates) -> complete(line, completions, candidates))
            .variable(LineReader.HISTORY_SIZE, HISTORY_SIZE)
            .variable(LineReader.HISTORY_FILE_SIZE, HISTORY_SIZE)
            .variable(LineReader.SECONDARY_PROMPT_PATTERN, "  ")
            .variable(LineReader.BELL_STYLE, "none")
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true); // "!" is only a character
    Path history = history();
    if (history != null) {
      builder.variable(LineReader.HISTORY_FILE, history);
    }
    return builder.build();
  }

  private static void complete(
      ParsedLine line,
      Function<String, Collection<String>> completions,
      List<Candidate> candidates) {
    String before = line.line().substring(0, line.cursor() - line.wordCursor());
    completions.apply(before).stream()
        .map(Terminal::harmless)
        .map(Candidate::new)
        .forEach(candidates::add);
  }

  /**
   * Returns the file of the history, which only its owner may read, or null if there cannot be one.
   */
  private static @Nullable Path history() {
    try {
      Path file = stateFolder().resolve("chat-history");
      Set<PosixFilePermission> mine = PosixFilePermissions.fromString("rw-------");
      if (Files.exists(file)) {
        Files.setPosixFilePermissions(file, mine);
      } else {
        Files.createDirectories(file.resolveSibling("."));
        Files.createFile(file, PosixFilePermissions.asFileAttribute(mine));
      }
      return file;
    } catch (IOException | UnsupportedOperationException e) {
      return null;
    }
  }

  private static Path stateFolder() {
    String state = System.getenv("XDG_STATE_HOME");
    return state != null && state.startsWith("/")
        ? Path.of(state, "rkllm")
        : Path.of(System.getProperty("user.home"), ".local", "state", "rkllm");
  }

  /** Returns the next message, or null at the end of the input. */
  @Nullable String readLine(String prompt) throws InterruptedLineException {
    reading = true;
    try {
      return withoutMarks(reader.readLine(prompt));
    } catch (EndOfFileException e) {
      return null;
    } catch (UserInterruptException e) {
      throw new InterruptedLineException(e.getPartialLine().isBlank());
    } finally {
      reading = false;
    }
  }

  /** Makes a call of {@link #readLine} fail. Returns false if there is none. Any thread. */
  boolean interrupt() {
    if (!reading) {
      return false;
    }
    terminal.raise(Signal.INT);
    return true;
  }

  /** Sets the terminal as it was before. Any thread. */
  void restore() {
    terminal.setAttributes(original);
  }

  private static String withoutMarks(String line) {
    String text = line.strip();
    return text.startsWith(BLOCK) && text.length() >= 2 * BLOCK.length() && text.endsWith(BLOCK)
        ? text.substring(BLOCK.length(), text.length() - BLOCK.length()).strip()
        : line;
  }

  /** Takes a message as it is: quotes and backslashes have no meaning, except {@value #BLOCK}. */
  private static final class MessageParser extends DefaultParser {
    MessageParser() {
      setQuoteChars(new char[0]);
      setEscapeChars(new char[0]);
    }

    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
      String text = line.strip();
      if (context == ParseContext.ACCEPT_LINE
          && text.startsWith(BLOCK)
          && (text.length() < 2 * BLOCK.length() || !text.endsWith(BLOCK))) {
        throw new EOFError(-1, -1, "the message continues until " + BLOCK);
      }
      return super.parse(line, cursor, context);
    }
  }
}
