package io.rkllm.spi;

/**
 * What the runtime measured of a run: {@code RKLLMPerfStat}.
 *
 * @param prefillMillis time of the prefill in milliseconds
 * @param prefillTokens prompt tokens that were processed, without those reused from the KV cache
 * @param generateMillis time of the decoding in milliseconds
 * @param generatedTokens tokens that were generated
 * @param memoryMegabytes peak resident memory of the process in megabytes
 */
public record RunPerformance(
    float prefillMillis,
    int prefillTokens,
    float generateMillis,
    int generatedTokens,
    float memoryMegabytes) {}
