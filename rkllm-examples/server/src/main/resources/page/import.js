import { newConversation, newId } from "./conversation.js";

const SETTINGS = ["model", "temperature", "top_p", "top_k", "max_tokens", "thinking", "system"];

/**
 * Reads a conversation from JSON: an export of this page, or the messages of an OpenAI request.
 * Throws an Error with a message for the user if it is neither.
 */
export function imported(text) {
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error("The file is not JSON.");
  }
  const messages = Array.isArray(json) ? json : json?.messages;
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new Error("The file has no messages.");
  }
  const settings = {};
  for (const name of SETTINGS) {
    if (["string", "number"].includes(typeof json.settings?.[name])) {
      settings[name] = json.settings[name];
    }
  }
  if (Array.isArray(json.tools) && json.tools.length > 0) {
    settings.tools = JSON.stringify(json.tools, null, 2);
  }
  const conversation = newConversation(settings);
  for (const message of messages) {
    if (message?.role === "system" || message?.role === "developer") {
      settings.system = textOf(message);
    } else {
      conversation.messages.push(messageOf(message, settings.model ?? ""));
    }
  }
  if (typeof json.title === "string" && json.title.trim()) {
    conversation.title = json.title.trim().slice(0, 200);
    conversation.named = true;
  }
  return conversation;
}

function messageOf(message, model) {
  const text = textOf(message);
  switch (message?.role) {
    case "user":
      return { id: newId(), role: "user", text };
    case "tool":
      return { id: newId(), role: "tool", callId: String(message.tool_call_id ?? ""), name: String(message.name ?? ""), text };
    case "assistant": {
      const thinking = typeof message.reasoning_content === "string" ? message.reasoning_content : "";
      const calls = (message.tool_calls ?? []).map((call) => ({
        id: String(call.id ?? newId()),
        name: String(call.function?.name ?? ""),
        arguments: String(call.function?.arguments ?? "{}"),
      }));
      return { id: newId(), role: "assistant", model, text, thinking, calls, state: "done" };
    }
    default:
      throw new Error("The file has a message of a role that is not known.");
  }
}

function textOf(message) {
  const content = message?.content ?? "";
  if (typeof content === "string") {
    return content;
  }
  if (Array.isArray(content) && content.every((part) => typeof part?.text === "string")) {
    return content.map((part) => part.text).join("");
  }
  throw new Error("The file has a message that is not text.");
}
