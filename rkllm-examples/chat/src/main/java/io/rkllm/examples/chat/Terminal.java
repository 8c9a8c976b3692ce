package io.rkllm.examples.chat;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The input and output of the conversation, in UTF-8 regardless of the locale. Colors and prompts
 * are printed on a terminal only, not to pipes and files.
 *
 * <p>Used by one thread, which alone may begin lines; {@link #close} may be called on any thread.
 */
public final class Terminal {
  /** The exit status of a program whose output is no longer read: 128 + SIGPIPE. */
  private static final int NO_READER = 141;

  private static final int OUTPUT_FAILED = 1;

  /**
   * Control characters, which could move the cursor or worse, and characters that are invisible or
   * change the direction of text, so that it is displayed differently from its content. For use in
   * a character class of a pattern. Joiners, which scripts and emoji need, and the signs of Arabic
   * numbers are not included.
   */
  static final String UNSAFE_CHARACTERS =
      "\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cf}&&[^\\u200c\\u200d\\u0600-\\u0605\\u06dd\\u070f\\u0890\\u0891\\u08e2]";

  private static final Pattern UNSAFE = Pattern.compile("[" + UNSAFE_CHARACTERS + "&&[^\\n\\t]]");

  private final InputStream in = System.in;
  private final PrintStream errors =
      new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);

  // Checked now: once the runtime's output is captured, descriptor 1 is a pipe.
  private final boolean onTerminal = Libc.isTerminal(1);
  private final boolean errorsOnTerminal = Libc.isTerminal(2);
  private final boolean inputOnTerminal = Libc.isTerminal(0);
  private final boolean interactive = onTerminal && inputOnTerminal; // used by a person
  private final boolean outputIsPipe = isPipe("/proc/self/fd/1");
  private final boolean colored = System.getenv().getOrDefault("NO_COLOR", "").isEmpty();

  private boolean midLine;
  private volatile @Nullable LineEditor editor;
  private volatile @Nullable Integer closedWith;

  /** Thrown when printing on a terminal that is closed; not a failure. */
  public static final class ClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    private ClosedException(int status) {
      super("closed", null, false, false);
      this.status = status;
    }

    /** Returns the exit status with which the program should end. */
    public int status() {
      return status;
    }
  }

  /** Returns whether standard output is a terminal. */
  public boolean isOnTerminal() {
    return onTerminal;
  }

  /** Returns whether standard error is a terminal, on which a line can be overwritten. */
  public boolean errorsAreOnTerminal() {
    return errorsOnTerminal;
  }

  /** Returns whether standard input is a terminal rather than a pipe or a file. */
  public boolean readsFromTerminal() {
    return inputOnTerminal;
  }

  /**
   * Reads lines with an editor from now on, if a person types them. The editor has a history in the
   * user's state folder. Has no effect on pipes, files, and terminals that cannot move their
   * cursor.
   *
   * @param completions returns the words that may follow a text, for completion
   */
  public void editLines(Function<String, Collection<String>> completions) {
    if (interactive && errorsOnTerminal) {
      editor = LineEditor.open(completions);
    }
  }

  /** Passes Ctrl-C on to the line that is being edited. Returns false if there is none. */
  boolean interruptLine() {
    LineEditor lines = editor;
    return lines != null && lines.interrupt();
  }

  /** Prevents further output, because the program is about to end with the given status. */
  public void close(int status) {
    closedWith = status;
  }

  /**
   * Prepares the terminal for the shell, whose next prompt begins on a new line, after the {@code
   * ^C} that the terminal may have echoed.
   */
  public void makeRoomForShell() {
    LineEditor lines = editor;
    if (lines != null) {
      lines.restore();
    }
    if (interactive) {
      System.out.println();
    }
  }

  /** Returns a text without characters that a terminal interprets, except line breaks and tabs. */
  public static String harmless(String text) {
    return UNSAFE.matcher(text).replaceAll("\uFFFD");
  }

  /** Prints a text immediately, even if it is an incomplete line. */
  public void print(String text) {
    if (!text.isEmpty()) {
      write(onTerminal ? harmless(text) : text);
      midLine = !text.endsWith("\n");
    }
  }

  /** Prints a line. */
  public void printLine(String line) {
    endLine();
    print(line + "\n");
  }

  /** Prints a line in a dim color. */
  public void printDim(String line) {
    endLine();
    write((onTerminal ? dim(harmless(line)) : line) + "\n");
  }

  /**
   * Prints a part of the model's thinking. Has no effect where it could not be told from the
   * answer.
   */
  public void printThought(String text) {
    if (onTerminal && !text.isEmpty()) {
      write(dim(harmless(text)));
      midLine = !text.endsWith("\n");
    }
  }

  private String dim(String text) {
    return colored ? "\033[2m" + text + "\033[0m" : text;
  }

  /** Prints a line on standard error in a dim color. */
  public void note(String line) {
    failWhenClosed();
    endLine();
    errors.println(errorsOnTerminal ? dim(harmless(line)) : harmless(line));
  }

  /**
   * Displays a status line on standard error, replacing the previous one; an empty text removes it.
   * Has no effect unless standard error is a terminal.
   */
  public void status(String line) {
    if (errorsOnTerminal && closedWith == null) {
      errors.print("\r\033[K" + harmless(line));
      errors.flush();
    }
  }

  /** Begins a new line, unless the last one has ended. */
  public void endLine() {
    if (midLine) {
      print("\n");
    }
  }

  /** Prints an error message on standard error. */
  public void complain(String sentence) {
    failWhenClosed();
    endLine();
    errors.println(harmless(sentence));
  }

  private void write(String text) {
    failWhenClosed();
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    PrintStream out = System.out; // not kept in a field: capturing the runtime's output replaces it
    out.write(utf8, 0, utf8.length);
    if (out.checkError()) { // also flushes
      throw outputFailed();
    }
  }

  /**
   * Closes this terminal because standard output cannot be written: silently if the reader of a
   * pipe has gone, and otherwise with a message on standard error and exit status 1.
   *
   * @return the exception to throw
   */
  public ClosedException outputFailed() {
    if (closedWith == null && !outputIsPipe) {
      errors.println("cannot write to standard output; is the disk full?");
    }
    close(outputIsPipe ? NO_READER : OUTPUT_FAILED);
    return new ClosedException(outputIsPipe ? NO_READER : OUTPUT_FAILED);
  }

  private static boolean isPipe(String descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of(descriptor)).toString();
      return target.startsWith("pipe:") || target.startsWith("socket:");
    } catch (IOException e) {
      return true; // the cause of most failures
    }
  }

  private void failWhenClosed() {
    Integer status = closedWith;
    if (status != null) {
      throw new ClosedException(status);
    }
  }

  /**
   * Returns the whole input up to its end.
   *
   * @throws CharacterCodingException if it is not UTF-8
   */
  public String readAll() throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes());
    return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
  }

  /**
   * Returns the next line, or null at the end of the input. With an editor, Ctrl-C discards what
   * was typed, and a message may have several lines.
   *
   * @throws CharacterCodingException if it is not UTF-8; the following line can still be read
   * @throws ClosedException if the user presses Ctrl-C before anything else
   */
  public @Nullable String readLine() throws IOException {
    LineEditor lines = editor;
    return lines == null ? readPlainLine() : readEditedLine(lines);
  }

  private @Nullable String readEditedLine(LineEditor lines) {
    print("\n");
    while (true) {
      failWhenClosed();
      try {
        return lines.readLine("> ");
      } catch (LineEditor.InterruptedLineException e) {
        if (e.isBlank()) {
          close(Interrupts.BY_INTERRUPT);
        }
      }
    }
  }

  private @Nullable String readPlainLine() throws IOException {
    if (interactive) {
      print("\n> ");
      midLine = false; // the line break typed by the user ends the line
    }
    var line = new ByteArrayOutputStream();
    int next = in.read();
    boolean atEnd = next < 0;
    for (; next >= 0 && next != '\n'; next = in.read()) {
      line.write(next);
    }
    if (interactive && next < 0) {
      print("\n");
    }
    ByteBuffer bytes = ByteBuffer.wrap(line.toByteArray());
    return atEnd ? null : StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
  }
}
