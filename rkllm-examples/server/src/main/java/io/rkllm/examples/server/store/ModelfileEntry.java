package io.rkllm.examples.server.store;

/**
 * One setting of a Modelfile.
 *
 * @param line where it begins, counted from 1
 * @param key in upper case
 * @param value without quotes; empty means not set
 */
record ModelfileEntry(int line, String key, String value) {}
