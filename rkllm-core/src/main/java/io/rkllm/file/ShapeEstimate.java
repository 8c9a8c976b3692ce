package io.rkllm.file;

/** An estimate from the size of a file and the shape of its model. */
record ShapeEstimate(int contextLength, long weights, long kvCache) implements MemoryEstimate {}
