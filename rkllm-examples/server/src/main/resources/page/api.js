import { eventData } from "./events.js";

const KEY = "rkllm.key";

/** An error of a request or of the connection to the server, with a message for users. */
export class ServerError extends Error {
  constructor(message, status = 0, code = "") {
    super(message);
    this.status = status; // 0 where there was no response
    this.code = code; // the code of the error, for programs
  }
}

/** Sets the server's key, which is kept as long as the tab is open and in no file of the browser. */
export const setKey = (key) => sessionStorage.setItem(KEY, key);

/** Returns whether a key was set. */
export const hasKey = () => sessionStorage.getItem(KEY) !== null;

/** Returns the available models. */
export async function models() {
  const response = await request("v1/models", {});
  return (await response.json()).data;
}

/** Requests an answer and yields its chunks as they arrive. Aborting the signal stops the NPU. */
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

/** Capitalizes a message of the server, which begins in lower case so that it can follow a colon. */
function sentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : begun + ".";
}
