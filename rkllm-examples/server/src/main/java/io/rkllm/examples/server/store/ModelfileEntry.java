package io.rkllm.examples.server.store;

/**
 * One setting of a Modelfile.
 *
 * @param line the line at which it begins, counted from 1
 * @param key the key in upper case
 * @param value the value without quotes; empty means not set
 */
record ModelfileEntry(int line, String key, String value) {}
