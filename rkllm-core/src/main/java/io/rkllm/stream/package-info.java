/**
 * Logs of events that are read while they are written: how the tokens of a generation, and whatever
 * is made of them, reach iterators, subscribers and futures.
 *
 * <p>{@link io.rkllm.stream.EventLog} has one writer and any number of readers. {@link
 * io.rkllm.stream.LoggedWork} is the readers' side of work that ends with a result: extend it to
 * offer a log as a publisher, an iterator and a future with the same rules as a {@code Generation}.
 * Most applications need none of this.
 *
 * @since 0.1.0
 */
package io.rkllm.stream;
