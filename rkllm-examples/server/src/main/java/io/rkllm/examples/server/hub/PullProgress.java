package io.rkllm.examples.server.hub;

/**
 * The progress of a download.
 *
 * @param file the name of the file
 * @param completed the number of bytes received
 * @param total the size of the file in bytes; negative if unknown
 */
public record PullProgress(String file, long completed, long total) {}
