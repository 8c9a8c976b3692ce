package io.rkllm.file;

import org.jspecify.annotations.Nullable;

/**
 * An entry of the directory. Only small values are kept; others are read again when asked for.
 *
 * @param type the type of the value
 * @param offset where the value begins in the file
 * @param count the number of elements of an array, or the number of bytes of a text; otherwise 1
 * @param value the value if it was kept
 */
record Entry(ValueType type, long offset, int count, @Nullable ModelValue value) {}
