/**
 * Append-only event logs and their readers: iterators, subscribers and futures.
 *
 * <p>An {@link io.rkllm.stream.EventLog} has one writer and any number of readers. {@link
 * io.rkllm.stream.LoggedWork} represents work that produces events and ends with a result; extend
 * it to offer a log as a publisher, an iterator and a future that follow the same rules as a {@code
 * Generation}. Most applications do not use this package.
 *
 * @since 0.1.0
 */
package io.rkllm.stream;
