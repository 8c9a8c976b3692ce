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

/** Ids need be unique in one browser only; crypto.randomUUID is missing over plain HTTP. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** One without messages. */
export function newConversation(settings) {
  const id = newId();
  return { id, title: "New conversation", named: false, changed: Date.now(), settings, messages: [] };
}

/** A question. */
export const question = (text) => ({ id: newId(), role: "user", text });

/** An answer that has not begun. */
export function newAnswer(model) {
  return { id: newId(), role: "assistant", model, text: "", thinking: "", calls: [], state: "waiting" };
}

// What differs between versions of an answer.
const VERSION = [
  ...["model", "text", "thinking", "thinkingSeconds", "calls", "state", "error", "finish"],
  ...["promptTokens", "newTokens", "perSecond"],
];

const snapshot = (message) => Object.fromEntries(VERSION.map((name) => [name, message[name]]));

/** An answer that has not begun and that keeps the versions of the one before. */
export function newVersion(before, model) {
  const answer = newAnswer(model);
  const versions = [...(before.versions ?? [])];
  if (saysSomething(before)) {
    versions[before.version ?? 0] = snapshot(before);
  }
  return versions.length === 0 ? answer : { ...answer, versions, version: versions.length };
}

/** How many versions an answer has. */
export const versionCount = ({ versions = [], version = 0 }) => Math.max(versions.length, version + 1);

/** Puts a version of an answer in place of the present one, which is kept. */
export function chooseVersion(message, index) {
  message.versions[message.version] = snapshot(message);
  Object.assign(message, message.versions[index], { version: index });
}

/** What a tool gave back. */
export const toolResult = (call, text) => ({
  id: newId(),
  role: "tool",
  callId: call.id,
  name: call.name,
  text,
});

/** Whether an answer is being written. */
export const isUnderWay = (message) => message.state === "waiting" || message.state === "running";

/** Takes out a message and all behind it. */
export function cutFrom(conversation, message) {
  conversation.messages.splice(conversation.messages.indexOf(message));
}

/** Takes out a message, and the results of its calls with it. */
export function takeOut(conversation, message) {
  const ids = new Set((message.calls ?? []).map(({ id }) => id));
  conversation.messages = conversation.messages.filter(
    (other) => other !== message && !(other.role === "tool" && ids.has(other.callId)),
  );
}

/** Takes out the oldest question with all that belongs to it; false if there is only one. */
export function takeOutOldest(conversation) {
  const { messages } = conversation;
  const next = messages.findIndex((message, i) => i > 0 && message.role === "user");
  if (next < 0) {
    return false;
  }
  conversation.messages = messages.slice(next);
  return true;
}

/** The tokens that a conversation takes in the context, by the last answer; 0 if unknown. */
export function contextTokens({ messages }) {
  const last = messages.findLast(({ newTokens }) => newTokens != null);
  return last ? last.promptTokens + last.newTokens : 0;
}

/** The calls of an answer that nobody has answered: those of the last message, or none. */
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

/** The request that has it answered. */
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

/** Its messages as the server reads them. */
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

/** It for other programs: the messages as they would be sent. */
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
