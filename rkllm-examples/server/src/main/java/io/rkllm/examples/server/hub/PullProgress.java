package io.rkllm.examples.server.hub;

/**
 * How far a download is.
 *
 * @param file which file
 * @param completed bytes that are there
 * @param total bytes in all
 */
public record PullProgress(String file, long completed, long total) {}
