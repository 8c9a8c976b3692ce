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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the conversation takes place: UTF-8 in and out whatever the locale, on a terminal, or
 * between pipes and files, where there is neither colour nor prompt.
 *
 * <p>Used by one thread, which alone may begin lines; {@link #close} is for any.
 */
public final class Terminal {
  /** How a program ends whose output nobody reads any more: 128 + SIGPIPE. */
  private static final int NO_READER = 141;

  private static final int OUTPUT_FAILED = 1;

  /**
   * Control characters, which could move the cursor or do worse, and characters that are invisible
   * or turn the direction of a text, so that it reads as what it is not. For a class of a pattern.
   * Left are the joiners, which scripts and emoji need, and the signs of Arabic numbers.
   */
  static final String UNSAFE_CHARACTERS =
      "\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cf}&&[^\\u200c\\u200d\\u0600-\\u0605\\u06dd\\u070f\\u0890\\u0891\\u08e2]";

  private static final Pattern UNSAFE = Pattern.compile("[" + UNSAFE_CHARACTERS + "&&[^\\n\\t]]");

  private final InputStream in = System.in;
  private final PrintStream errors =
      new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);

  // Asked now: once the runtime's output is captured, descriptor 1 is a pipe.
  private final boolean onTerminal = Libc.isTerminal(1);
  private final boolean errorsOnTerminal = Libc.isTerminal(2);
  private final boolean inputOnTerminal = Libc.isTerminal(0);
  private final boolean interactive = onTerminal && inputOnTerminal; // somebody sits there
  private final boolean outputIsPipe = isPipe("/proc/self/fd/1");
  private final boolean coloured = System.getenv().getOrDefault("NO_COLOR", "").isEmpty();

  private boolean midLine;
  private volatile @Nullable Integer closedWith;

  /** Thrown to whoever wants to print when the terminal is closed; not a failure. */
  public static final class ClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    private ClosedException(int status) {
      super("closed", null, false, false);
      this.status = status;
    }

    /** The exit status the program should end with. */
    public int status() {
      return status;
    }
  }

  /** Whether what is printed appears on a terminal. */
  public boolean isOnTerminal() {
    return onTerminal;
  }

  /** Whether standard error is a terminal, on which a line can be written over. */
  public boolean errorsAreOnTerminal() {
    return errorsOnTerminal;
  }

  /** Whether standard input is one, and not a pipe or a file. */
  public boolean readsFromTerminal() {
    return inputOnTerminal;
  }

  /** Lets nothing more be printed, because the program is about to end with this status. */
  public void close(int status) {
    closedWith = status;
  }

  /**
   * Sees to it that the shell's next prompt begins a line, after the {@code ^C} that it may find
   * there.
   */
  public void makeRoomForShell() {
    if (interactive) {
      System.out.println();
    }
  }

  /** The text with nothing in it that a terminal would obey, but for ends of lines and tabs. */
  public static String harmless(String text) {
    return UNSAFE.matcher(text).replaceAll("\uFFFD");
  }

  /** Prints at once, even half a line. */
  public void print(String text) {
    if (!text.isEmpty()) {
      write(onTerminal ? harmless(text) : text);
      midLine = !text.endsWith("\n");
    }
  }

  /** Prints a line of its own. */
  public void printLine(String line) {
    endLine();
    print(line + "\n");
  }

  /** Prints a line of its own that should not catch the eye. */
  public void printDim(String line) {
    endLine();
    write((onTerminal ? dim(harmless(line)) : line) + "\n");
  }

  /** Prints some of what a model thinks; only where somebody sees that it is not the answer. */
  public void printThought(String text) {
    if (onTerminal && !text.isEmpty()) {
      write(dim(harmless(text)));
      midLine = !text.endsWith("\n");
    }
  }

  private String dim(String text) {
    return coloured ? "\033[2m" + text + "\033[0m" : text;
  }

  /** Prints a line on standard error that should not catch the eye. */
  public void note(String line) {
    failWhenClosed();
    endLine();
    errors.println(errorsOnTerminal ? dim(harmless(line)) : harmless(line));
  }

  /**
   * Shows a line on standard error in place of the one that was shown so before; empty to take it
   * away. Only where standard error is a terminal.
   */
  public void status(String line) {
    if (errorsOnTerminal && closedWith == null) {
      errors.print("\r\033[K" + harmless(line));
      errors.flush();
    }
  }

  /** Begins a line, if the last one has not ended. */
  public void endLine() {
    if (midLine) {
      print("\n");
    }
  }

  /** Says what is wrong, on standard error. */
  public void complain(String sentence) {
    failWhenClosed();
    endLine();
    errors.println(harmless(sentence));
  }

  private void write(String text) {
    failWhenClosed();
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    PrintStream out = System.out; // never kept: capturing the runtime's output replaces it
    out.write(utf8, 0, utf8.length);
    if (out.checkError()) { // flushes, too
      throw outputFailed();
    }
  }

  /**
   * Closes this terminal since standard output cannot be written: without a word where nobody reads
   * a pipe any more, otherwise with a message on standard error and exit status 1.
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
      return true; // as most outputs that fail
    }
  }

  private void failWhenClosed() {
    Integer status = closedWith;
    if (status != null) {
      throw new ClosedException(status);
    }
  }

  /**
   * All of the input, to its end.
   *
   * @throws CharacterCodingException if it is not UTF-8
   */
  public String readAll() throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes());
    return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
  }

  /**
   * The next line, or null at the end of the input.
   *
   * @throws CharacterCodingException if it is not UTF-8; the line after it can be read
   */
  public @Nullable String readLine() throws IOException {
    if (interactive) {
      print("\n> ");
      midLine = false; // the answer to it ends the line
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
