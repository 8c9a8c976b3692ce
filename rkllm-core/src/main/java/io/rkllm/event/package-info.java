/**
 * Events of a model, reported to listeners of the application and to JDK Flight Recorder.
 *
 * <p>All Flight Recorder events are in the category {@code rkllm} and contain the model's name:
 *
 * <table>
 * <caption>JFR events</caption>
 * <tr><th>event</th><th>spans</th><th>fields</th></tr>
 * <tr><td>{@code io.rkllm.ModelLoad}</td><td>loading a model</td><td>path, runtime release, context
 * length</td></tr>
 * <tr><td>{@code io.rkllm.QueueWait}</td><td>from {@code generate()} until the run starts</td>
 * <td></td></tr>
 * <tr><td>{@code io.rkllm.Prefill}</td><td>from then until the first token</td><td>prompt tokens
 * </td></tr>
 * <tr><td>{@code io.rkllm.Generation}</td><td>the whole run</td><td>finish reason, generated tokens,
 * tokens per second</td></tr>
 * <tr><td>{@code io.rkllm.Cancel}</td><td>–</td><td>reason</td></tr>
 * <tr><td>{@code io.rkllm.Error}</td><td>–</td><td>message</td></tr>
 * </table>
 *
 * <p>A load or a run is recorded only if a recording was started in the process before it began.
 * The SDK does not initialize Flight Recorder itself, because that would dominate the start-up time
 * of a program.
 *
 * @since 0.1.0
 */
package io.rkllm.event;
