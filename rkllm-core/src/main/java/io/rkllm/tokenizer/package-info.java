/**
 * The tokenizers of model files, implemented in Java: conversion of text to token ids and back,
 * without the runtime.
 *
 * @since 0.1.0
 */
@org.jspecify.annotations.NullMarked
package io.rkllm.tokenizer;
