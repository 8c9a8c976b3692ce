package io.rkllm.examples.server.message;

import io.rkllm.chat.ChatMessage;
import io.rkllm.examples.server.http.RequestException;
import io.rkllm.examples.server.http.RequestObject;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Reads a conversation in the form of OpenAI's Responses API, in which thinking, each call and each
 * result is an item of its own.
 */
public final class InputItems {
  private final Messages messages = new Messages(/* strict= */ true);

  private InputItems() {}

  /**
   * Returns the messages in the members {@code instructions} and {@code input} of a body, oldest
   * first; at least one.
   *
   * @throws RequestException if an item is invalid, or of a type that is not supported
   */
  public static List<ChatMessage> require(RequestObject body) {
    InputItems items = new InputItems();
    List<ChatMessage> messages = items.messages.messages();
    String instructions = body.text("instructions");
    if (instructions != null && !instructions.isEmpty()) {
      messages.add(new ChatMessage.SystemPrompt(instructions));
    }
    JsonNode input = body.value("input");
    if (input == null) {
      throw body.missing("input");
    }
    if (input.isString()) {
      messages.add(new ChatMessage.User(body.requiredText("input")));
    } else {
      Messages.limited(body, "input").forEach(items::add);
    }
    if (messages.isEmpty()) {
      throw RequestException.badParameter("input", "input must hold at least one item");
    }
    return messages;
  }

  private void add(RequestObject item) {
    item.skip("id", "status");
    String type = item.text("type");
    switch (type) {
      case null -> messages.add(item);
      case "message" -> messages.add(item);
      case "reasoning" -> addThinking(item);
      case "function_call" -> messages.addCall(item.text("call_id"), item);
      case "function_call_output" ->
          messages.addResult(item.requiredText("call_id"), Messages.content(item, "output"));
      case "item_reference" ->
          throw RequestException.unsupported(
              item.name("type"),
              item.name("type")
                  + " must not be item_reference: this server stores no items; send the item"
                  + " itself, as clients do with store set to false");
      default ->
          throw RequestException.unsupported(
              item.name("type"),
              "%s must be message, reasoning, function_call or function_call_output, was %s"
                  .formatted(item.name("type"), type));
    }
  }

  /** Adds the text of the thinking, or else its summary, which some servers send in its place. */
  private void addThinking(RequestObject item) {
    item.skip("encrypted_content");
    String text = Messages.content(item, "content");
    String summary = Messages.content(item, "summary");
    messages.addThinking(text.isEmpty() ? summary : text);
  }
}
