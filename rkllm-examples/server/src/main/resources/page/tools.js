/**
 * Reads declarations of tools: a JSON array of OpenAI's objects, or of the functions in them.
 * What is wrong is thrown as an Error with a sentence.
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

/** Arguments on several lines, if they are JSON already; else as far as they have come. */
export function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
