/**
 * What a model tells of its work: to a listener of the program's, and to JDK Flight Recorder.
 *
 * <p>The events of Flight Recorder, all in the category {@code rkllm}, each with the model's name:
 *
 * <table>
 * <caption>JFR events</caption>
 * <tr><th>event</th><th>spans</th><th>fields</th></tr>
 * <tr><td>{@code io.rkllm.ModelLoad}</td><td>loading a model</td><td>path, runtime release, context
 * length</td></tr>
 * <tr><td>{@code io.rkllm.QueueWait}</td><td>from {@code generate()} until the model begins</td>
 * <td></td></tr>
 * <tr><td>{@code io.rkllm.Prefill}</td><td>from then until the first token</td><td>prompt tokens
 * </td></tr>
 * <tr><td>{@code io.rkllm.Generation}</td><td>the whole run</td><td>finish reason, generated tokens,
 * tokens a second</td></tr>
 * <tr><td>{@code io.rkllm.Cancel}</td><td>–</td><td>reason</td></tr>
 * <tr><td>{@code io.rkllm.Error}</td><td>–</td><td>message</td></tr>
 * </table>
 *
 * <p>A load or a run is recorded if a recording had been started in the process before it began:
 * Flight Recorder is not set up until somebody uses it, since that takes longer than all else when
 * a program starts.
 *
 * @since 0.1.0
 */
package io.rkllm.event;
