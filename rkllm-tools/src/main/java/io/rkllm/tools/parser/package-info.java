/**
 * Parsers that turn the tokens of a model into text, thinking, and tool calls.
 *
 * @since 0.1.0
 */
package io.rkllm.tools.parser;
