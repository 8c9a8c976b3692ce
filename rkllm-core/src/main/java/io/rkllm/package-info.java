/** Large language models on Rockchip NPUs: load a model, generate, stream, converse. */
package io.rkllm;
