/**
 * A scripted runtime in pure Java, for tests that need no native code and for platforms without a
 * simulator library.
 *
 * <pre>{@code
 * ScriptedRuntime runtime = ScriptedRuntime.answering(prompt -> Script.of("Hello", ",", " world"));
 * try (RkllmModel model = RkllmModel.builder(Path.of("any")).runtime(runtime).load()) {
 *   assertEquals("Hello, world", model.generate("Hi").text());
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
@org.jspecify.annotations.NullMarked
package io.rkllm.test;
