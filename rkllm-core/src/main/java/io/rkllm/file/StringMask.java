package io.rkllm.file;

import java.util.HexFormat;

/**
 * The mask that the strings of a model file are XORed with, starting with its first byte for each
 * string. docs/model-file.md states where it was published.
 */
final class StringMask {
  private static final byte[] MASK =
      HexFormat.of()
          .parseHex(
              """
              9da9e670cce76f6662774b69b88b45a1a6fb80a77a92d6f3e80044f8da42e34e
              71ff7dcd82069a6495838fa465eadead6d1cf661be8502fc496cf554b43b5dc3
              32071db1881910750b76373fb54c91c80a72d21ebf99ecae21af2da809d41fb0
              8d3d9f2815d7e1c76a6bd9bc1bc41217a54d13358eee258184205c98367fcf73
              5147118987fe7b182f6efdd193cb03f122f0f23c5958c1904aed8660b2232e56
              a314bb5bd89b16ba745fdff47e30c9ac9401e968509e318cfa97b6550fa0e2a2
              b35ee057ce29d0050d7c3a2cca34e40ceb04d55239c04633789626db38272b63
              f9efd3b924e59c48434f8a0ebdf75a67aa7941c2ab533eb72adcc51a0840ddc6\
              """
                  .replaceAll("\\s", ""));

  private StringMask() {}

  /** Removes the mask in place. */
  static void remove(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      bytes[i] ^= MASK[(i - from) & 0xFF];
    }
  }
}
