package io.rkllm.file;

import org.jspecify.annotations.Nullable;

/**
 * An entry of the directory. Only small values are kept in memory; others are read again when they
 * are needed.
 *
 * @param type the type of the value
 * @param offset the position of the value in the file
 * @param count the number of elements of an array, or the number of bytes of a text; otherwise 1
 * @param value the value if it was kept
 */
record Entry(ValueType type, long offset, int count, @Nullable ModelValue value) {}
