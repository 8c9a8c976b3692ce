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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the conversation takes place: UTF-8 in and out whatever the locale, on a terminal, or
 * between pipes and files, where there is neither colour nor prompt.
 *
 * <p>Used by one thread, which alone may begin lines; {@link #close} is for any.
 */
final class Terminal {
  /** How a program ends whose output nobody reads any more: 128 + SIGPIPE. */
  private static final int NO_READER = 141;

  /** A model's text could move the cursor or do worse; these characters stay on their line. */
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\\n\\t]]");

  private final InputStream in = System.in;
  private final PrintStream errors =
      new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);

  // Asked now: once the runtime's output is captured, descriptor 1 is a pipe.
  private final boolean styled = Libc.isTerminal(1);
  private final boolean interactive = styled && Libc.isTerminal(0); // somebody sits there

  private boolean midLine;
  private volatile @Nullable Integer closedWith;

  /** Thrown to whoever wants to print when the terminal is closed; not a failure. */
  static final class ClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    private ClosedException(int status) {
      super("closed", null, false, false);
      this.status = status;
    }

    /** The exit status the program should end with. */
    int status() {
      return status;
    }
  }

  /** Lets nothing more be printed, because the program is about to end with this status. */
  void close(int status) {
    closedWith = status;
  }

  /**
   * Sees to it that the shell's next prompt begins a line, after the {@code ^C} that it may find
   * there.
   */
  void makeRoomForShell() {
    if (interactive) {
      System.out.println();
    }
  }

  /** Prints at once, even half a line. */
  void print(String text) {
    if (!text.isEmpty()) {
      write(styled ? CONTROL.matcher(text).replaceAll("\uFFFD") : text);
      midLine = !text.endsWith("\n");
    }
  }

  /** Prints a line of its own. */
  void printLine(String line) {
    endLine();
    print(line + "\n");
  }

  /** Prints a line of its own that should not catch the eye. */
  void printDim(String line) {
    endLine();
    write(styled ? "\033[2m" + line + "\033[0m\n" : line + "\n");
  }

  private void endLine() {
    if (midLine) {
      print("\n");
    }
  }

  /** Says what is wrong, on standard error. */
  void complain(String sentence) {
    failWhenClosed();
    endLine();
    errors.println(sentence);
  }

  private void write(String text) {
    failWhenClosed();
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    PrintStream out = System.out; // never kept: capturing the runtime's output replaces it
    out.write(utf8, 0, utf8.length);
    if (out.checkError()) { // flushes, too
      close(NO_READER);
      failWhenClosed();
    }
  }

  private void failWhenClosed() {
    Integer status = closedWith;
    if (status != null) {
      throw new ClosedException(status);
    }
  }

  /**
   * The next line, or null at the end of the input.
   *
   * @throws CharacterCodingException if it is not UTF-8; the line after it can be read
   */
  @Nullable String readLine() throws IOException {
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
