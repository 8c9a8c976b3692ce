package io.rkllm.examples.server.http;

import java.util.function.Function;

/**
 * The format in which a dialect reports the progress of a task.
 *
 * @param contentType the content type of the lines
 * @param failure converts an error to a line, without its line break
 */
public record LineFormat(String contentType, Function<RequestException, String> failure) {}
