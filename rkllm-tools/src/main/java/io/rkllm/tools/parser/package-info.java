/** From the tokens of a model to text, thinking and tool calls. */
package io.rkllm.tools.parser;
