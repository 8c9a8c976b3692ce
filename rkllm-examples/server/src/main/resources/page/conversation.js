// A conversation is plain data, as it is kept:
//   { id, title, named, changed, settings, messages }
// settings: { model, system, temperature, top_p, top_k, max_tokens, thinking, tools }, numbers as
//   numbers, what is not set absent; tools is the text that was pasted.
// messages, one of
//   { id, role: "user", text }
//   { id, role: "assistant", model, text, thinking, calls: [{ id, name, arguments }], state, … }
//   { id, role: "tool", callId, name, text }
import { parseTools } from "./tools.js";

const TITLE_LENGTH = 60;

/** Returns an id unique in this browser; crypto.randomUUID is not available over plain HTTP. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Returns a conversation without messages. */
export function newConversation(settings) {
  const id = newId();
  return { id, title: "New conversation", named: false, changed: Date.now(), settings, messages: [] };
}

/** Returns a question. */
export const question = (text) => ({ id: newId(), role: "user", text });

/** Returns an answer that has not begun. */
export function newAnswer(model) {
  return { id: newId(), role: "assistant", model, text: "", thinking: "", calls: [], state: "waiting" };
}

// The members that differ between versions of an answer.
const VERSION = [
  ...["model", "text", "thinking", "thinkingSeconds", "calls", "state", "error", "finish"],
  ...["promptTokens", "newTokens", "perSecond"],
];

const snapshot = (message) => Object.fromEntries(VERSION.map((name) => [name, message[name]]));

/** Returns an answer that has not begun and keeps the versions of the previous one. */
export function newVersion(before, model) {
  const answer = newAnswer(model);
  const versions = [...(before.versions ?? [])];
  if (saysSomething(before)) {
    versions[before.version ?? 0] = snapshot(before);
  }
  return versions.length === 0 ? answer : { ...answer, versions, version: versions.length };
}

/** Returns the number of versions of an answer. */
export const versionCount = ({ versions = [], version = 0 }) => Math.max(versions.length, version + 1);

/** Replaces the current version of an answer by another one. The current version is kept. */
export function chooseVersion(message, index) {
  message.versions[message.version] = snapshot(message);
  Object.assign(message, message.versions[index], { version: index });
}

/** Returns the result of a tool. */
export const toolResult = (call, text) => ({
  id: newId(),
  role: "tool",
  callId: call.id,
  name: call.name,
  text,
});

/** Returns whether an answer is being written. */
export const isUnderWay = (message) => message.state === "waiting" || message.state === "running";

/** Removes a message and all messages after it. */
export function cutFrom(conversation, message) {
  conversation.messages.splice(conversation.messages.indexOf(message));
}

/** Removes a message, together with the results of its calls. */
export function takeOut(conversation, message) {
  const ids = new Set((message.calls ?? []).map(({ id }) => id));
  conversation.messages = conversation.messages.filter(
    (other) => other !== message && !(other.role === "tool" && ids.has(other.callId)),
  );
}

/** Removes the oldest question and its answers. Returns false if there is only one. */
export function takeOutOldest(conversation) {
  const { messages } = conversation;
  const next = messages.findIndex((message, i) => i > 0 && message.role === "user");
  if (next < 0) {
    return false;
  }
  conversation.messages = messages.slice(next);
  return true;
}

/** Returns the tokens of a conversation in the context, by the last answer; 0 if unknown. */
export function contextTokens({ messages }) {
  const last = messages.findLast(({ newTokens }) => newTokens != null);
  return last ? last.promptTokens + last.newTokens : 0;
}

/** Returns the calls that have no results yet: those of the last message, or none. */
export function openCalls(conversation, message) {
  return message === conversation.messages.at(-1) && message.state === "done" ? message.calls : [];
}

/** Names a conversation after its first question, unless the user has named it. */
export function nameByQuestion(conversation) {
  const first = conversation.messages.find((message) => message.role === "user");
  if (!conversation.named && first) {
    const line = first.text.trim().split("\n", 1)[0];
    conversation.title =
      line.length <= TITLE_LENGTH ? line : line.slice(0, TITLE_LENGTH).trimEnd() + "…";
  }
}

/** Returns the request for an answer to a conversation. */
export function requestOf(conversation) {
  const { model, thinking, tools } = conversation.settings;
  const body = { model, messages: apiMessages(conversation) };
  for (const name of ["temperature", "top_p", "top_k", "max_tokens"]) {
    if (conversation.settings[name] != null) {
      body[name] = conversation.settings[name];
    }
  }
  if (thinking) {
    body.enable_thinking = thinking === "on";
  }
  if (tools?.trim()) {
    body.tools = parseTools(tools);
  }
  return body;
}

/** Returns the messages of a conversation in the server's format. */
export function apiMessages({ settings, messages }) {
  const system = settings.system?.trim() ? [{ role: "system", content: settings.system }] : [];
  return [...system, ...messages.filter(saysSomething).map(apiMessage)];
}

const saysSomething = (message) =>
  message.role !== "assistant" || message.text !== "" || message.calls.length > 0;

function apiMessage(message) {
  switch (message.role) {
    case "user":
      return { role: "user", content: message.text };
    case "tool":
      return { role: "tool", tool_call_id: message.callId, name: message.name, content: message.text };
    default: {
      const answer = { role: "assistant", content: message.text };
      if (message.thinking) {
        answer.reasoning_content = message.thinking;
      }
      if (message.calls.length > 0) {
        answer.tool_calls = message.calls.map((call) => ({
          id: call.id,
          type: "function",
          function: { name: call.name, arguments: call.arguments },
        }));
      }
      return answer;
    }
  }
}

/** Exports a conversation for other programs: the messages as they would be sent. */
export function exported(conversation) {
  const { title, changed, settings } = conversation;
  const { tools, ...others } = settings;
  return {
    title,
    changed: new Date(changed).toISOString(),
    settings: others,
    tools: tools?.trim() ? parseTools(tools) : [],
    messages: apiMessages(conversation),
  };
}
