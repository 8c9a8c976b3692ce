package io.rkllm.examples.server.http;

import java.util.function.Function;

/**
 * How a dialect tells of work that goes on.
 *
 * @param contentType of the lines
 * @param failure what a failure becomes, without the line break
 */
public record LineFormat(String contentType, Function<RequestException, String> failure) {}
