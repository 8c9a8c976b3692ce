// Formulas in LaTeX are displayed as source. Markdown would take their backslashes for escapes
// and their underscores for emphasis.
const INLINE =
  /^(?:\\\((?:[^\n]|\n(?!\n))*?\\\)|\\\[(?:[^\n]|\n(?!\n))*?\\\]|\$\$(?:[^$\n]|\n(?!\n))+?\$\$|\$(?![\s$])(?:\\.|[^$\\\n])+?(?<!\s)\$(?!\d))/;
const BLOCK =
  /^ {0,3}(?:\\\[[\s\S]*?\\\]|\$\$[\s\S]*?\$\$|\\begin\{(\w+\*?)\}[\s\S]*?\\end\{\1\})[ \t]*(?:\n+|$)/;
const UNCLOSED_BLOCK = /^ {0,3}(?:\\\[|\$\$|\\begin\{\w+\*?\})(?:[^\n]|\n(?![ \t]*\n))*$/; // its end may still arrive
const BLOCK_BEGIN = /(?:^|\n) {0,3}(?:\\\[|\$\$|\\begin\{)/;

/** Returns extensions of marked that keep formulas as they are; escaped(text) returns HTML. */
export function mathExtensions(escaped) {
  return [
    {
      name: "math",
      level: "inline",
      start: (source) => source.match(/\\[([]|\$/)?.index,
      tokenizer: (source) => token("math", INLINE.exec(source)),
      renderer: ({ text }) => `<code class="math">${escaped(text)}</code>`,
    },
    {
      name: "mathBlock",
      level: "block",
      start: (source) => source.match(BLOCK_BEGIN)?.index,
      tokenizer: (source) => token("mathBlock", BLOCK.exec(source) ?? UNCLOSED_BLOCK.exec(source)),
      renderer: ({ text }) => `<p><code class="math">${escaped(text)}</code></p>`,
    },
  ];
}

function token(type, match) {
  return match ? { type, raw: match[0], text: match[0].trim() } : undefined;
}

/** Hides inline formulas from the search for emphasis. */
export function maskMath(source) {
  let masked = "";
  for (let rest = source; rest; ) {
    const begin = rest.search(/\\[([]|\$/);
    const match = begin < 0 ? null : INLINE.exec(rest.slice(begin));
    const end = begin < 0 ? rest.length : begin + (match?.[0].length ?? 1);
    masked += begin < 0 ? rest : rest.slice(0, begin) + (match ? "a".repeat(match[0].length) : rest[begin]);
    rest = rest.slice(end);
  }
  return masked;
}
