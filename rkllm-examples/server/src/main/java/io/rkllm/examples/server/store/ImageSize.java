package io.rkllm.examples.server.store;

/**
 * What a vision encoder makes of an image.
 *
 * @param width pixels that go into it
 * @param height pixels that go into it
 * @param tokens embeddings that come out
 */
public record ImageSize(int width, int height, int tokens) {}
