import { eventData } from "./events.js";

const KEY = "rkllm.key";

/** What the server, or the way to it, has against a request; its message is for people. */
export class ServerError extends Error {
  constructor(message, status = 0, code = "") {
    super(message);
    this.status = status; // 0 where there was no response
    this.code = code; // what went wrong, for programs
  }
}

/** The server's key is kept for as long as the tab is open, and in no file of the browser's. */
export const setKey = (key) => sessionStorage.setItem(KEY, key);

/** Whether one was given. */
export const hasKey = () => sessionStorage.getItem(KEY) !== null;

/** The models that may be asked. */
export async function models() {
  const response = await request("v1/models", {});
  return (await response.json()).data;
}

/** Has a conversation answered: yields the chunks as they come. Aborting the signal stops the NPU. */
export async function* chatCompletion(body, signal) {
  const response = await request("v1/chat/completions", {
    method: "POST",
    body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
    signal,
  });
  for await (const data of connected(eventData(response.body))) {
    if (data === "[DONE]") {
      return;
    }
    const chunk = JSON.parse(data);
    if (chunk.error) {
      throw new ServerError(sentence(chunk.error.message), 0, chunk.error.code);
    }
    yield chunk;
  }
  throw new ServerError("The connection ended before the answer was complete.");
}

async function* connected(events) {
  try {
    yield* events;
  } catch (e) {
    throw e.name === "AbortError" ? e : new ServerError("The connection to the server was lost.");
  }
}

async function request(path, options) {
  const headers = { "Content-Type": "application/json" };
  const key = sessionStorage.getItem(KEY);
  if (key) {
    headers.Authorization = `Bearer ${key}`;
  }
  let response;
  try {
    response = await fetch(path, { ...options, headers, cache: "no-store" });
  } catch (e) {
    throw e.name === "AbortError"
      ? e
      : new ServerError("The server cannot be reached. See whether it is still running.");
  }
  if (!response.ok) {
    throw await refusal(response);
  }
  return response;
}

async function refusal(response) {
  try {
    const { error } = await response.json();
    return new ServerError(sentence(error.message ?? error), response.status, error.code);
  } catch {
    return new ServerError(`The server answered with status ${response.status}.`, response.status);
  }
}

/** The server's messages begin in lower case, to stand behind a colon. */
function sentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : begun + ".";
}
