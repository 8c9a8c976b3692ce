/**
 * Reads declarations of tools: a JSON array of OpenAI's objects, or of the functions in them.
 * Throws an Error with a message for the user if they are invalid.
 */
export function parseTools(text) {
  let declared;
  try {
    declared = JSON.parse(text);
  } catch (e) {
    throw new Error(`The tools are not JSON: ${e.message}.`);
  }
  const tools = Array.isArray(declared) ? declared : [declared];
  return tools.map((tool, i) => {
    const declaration = tool?.function ?? tool;
    if (typeof declaration?.name !== "string") {
      throw new Error(`Tool ${i + 1} has no name: each needs at least {"name": "…"}.`);
    }
    const { name, description, parameters } = declaration;
    return { type: "function", function: { name, description, parameters } };
  });
}

/** Formats arguments on several lines if they are complete JSON; else returns them unchanged. */
export function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
