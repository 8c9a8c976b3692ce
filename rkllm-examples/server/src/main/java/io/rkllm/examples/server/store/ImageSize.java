package io.rkllm.examples.server.store;

/**
 * The input and output sizes of a vision encoder.
 *
 * @param width the width of an image in pixels
 * @param height the height of an image in pixels
 * @param tokens the number of embeddings for an image
 */
public record ImageSize(int width, int height, int tokens) {}
