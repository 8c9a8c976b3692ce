package io.rkllm.tools.parser;

import io.rkllm.chat.ToolCall;
import io.rkllm.tools.event.ChatEvent;
import io.rkllm.tools.event.Repair;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Creates events, and ensures that each character of the answer is in the raw text of exactly one
 * event.
 *
 * <p>Inside a block of calls, the events that a character completes are sent before the character
 * is {@linkplain #readInBlock(char) read}, so that they do not contain it; events sent afterwards
 * do.
 */
final class EventWriter implements CallSink {
  private static final int MAX_SKIPPED = 1024;

  private final Consumer<? super ChatEvent> events;
  private final String idPrefix;
  private final StringBuilder raw = new StringBuilder(); // read and in no event yet
  private final StringBuilder delta = new StringBuilder();
  private DeltaKind deltaKind = DeltaKind.TEXT;
  private int deltaRaw; // how much of raw the delta covers
  private int skipped; // at the end of raw, in no text
  private final StringBuilder callText = new StringBuilder();
  private final StringBuilder arguments = new StringBuilder();
  private int openerLength;
  private String name = "";
  private int index;

  /** The content of a delta. */
  enum DeltaKind {
    TEXT,
    THINKING,
    ARGUMENTS
  }

  EventWriter(Consumer<? super ChatEvent> events, ParserOptions options) {
    this.events = events;
    this.idPrefix = options.callIdPrefix();
  }

  /**
   * Adds a character that belongs to no text, such as part of a tag or a blank after one. Since
   * memory is bounded, an overlong run of such characters is treated as text.
   */
  void skip(DeltaKind kind, char c) {
    raw.append(c);
    if (++skipped == MAX_SKIPPED) {
      if (kind != deltaKind) {
        flush();
        deltaKind = kind;
      }
      delta.append(raw, raw.length() - skipped, raw.length());
      deltaRaw = raw.length();
      skipped = 0;
    }
  }

  /** Skips several characters, as {@link #skip(DeltaKind, char)} does. */
  void skip(DeltaKind kind, String text) {
    for (int i = 0; i < text.length(); i++) {
      skip(kind, text.charAt(i));
    }
  }

  /** Adds a character of text or thinking. */
  void readText(DeltaKind kind, char c) {
    write(kind, c);
    raw.append(c);
  }

  private void write(DeltaKind kind, char c) {
    if (kind != deltaKind) {
      flush();
      deltaKind = kind;
    }
    delta.append(c);
    deltaRaw = raw.length() + 1; // the character being read included
    skipped = 0;
  }

  /** Sends the pending delta. */
  void flush() {
    if (delta.isEmpty()) {
      return;
    }
    String text = delta.toString();
    delta.setLength(0);
    int covered = Math.min(deltaRaw, raw.length());
    String rawText = raw.substring(0, covered);
    raw.delete(0, covered);
    events.accept(
        switch (deltaKind) {
          case TEXT -> new ChatEvent.TextDelta(text, rawText);
          case THINKING -> new ChatEvent.ThinkingDelta(text, rawText);
          case ARGUMENTS -> new ChatEvent.ArgumentsDelta(index, text, rawText);
        });
  }

  /** Ends the answer. */
  void finished() {
    flush();
    events.accept(new ChatEvent.Finished(takeRaw()));
  }

  private String takeRaw() {
    skipped = 0;
    String text = raw.toString();
    raw.setLength(0);
    return text;
  }

  // ---- Blocks of calls

  /** Begins a block with this opener. */
  void readOpener(String opener) {
    flush();
    callText.setLength(0);
    openerLength = opener.length();
    readInBlock(opener);
  }

  /** Returns how many characters of the block since the last event are its opener. */
  int openerLength() {
    return openerLength;
  }

  /** Adds a character inside a block. */
  void readInBlock(char c) {
    raw.append(c);
    callText.append(c);
  }

  private void readInBlock(String text) {
    raw.append(text);
    callText.append(text);
  }

  /** Removes the last characters, which turned out not to belong to the block. */
  String unread(int count) {
    int from = raw.length() - count;
    String text = raw.substring(from);
    raw.setLength(from);
    callText.setLength(callText.length() - count);
    return text;
  }

  /** Returns the text of the block since the last event. */
  String unreadCall() {
    return unread(callText.length());
  }

  @Override
  public void started(String name) {
    this.name = name;
    arguments.setLength(0);
    flush();
    events.accept(new ChatEvent.ToolCallStarted(index, id(), name, takeRaw()));
  }

  @Override
  public void argument(char c) {
    arguments.append(c);
    write(DeltaKind.ARGUMENTS, c);
  }

  @Override
  public void rejected(int seen) {
    deltaRaw = Math.min(deltaRaw, raw.length() - seen);
  }

  @Override
  public void completed(Set<Repair> repairs) {
    flush();
    ToolCall call = new ToolCall(id(), name, arguments.toString());
    events.accept(new ChatEvent.ToolCallCompleted(index, call, repairs, takeRaw()));
    nextCall();
  }

  @Override
  public void malformed(String reason) {
    flush();
    events.accept(new ChatEvent.MalformedToolCall(index, callText.toString(), reason, takeRaw()));
    nextCall();
  }

  private String id() {
    return idPrefix + index;
  }

  private void nextCall() {
    index++;
    openerLength = 0;
    callText.setLength(0);
    arguments.setLength(0);
  }
}
