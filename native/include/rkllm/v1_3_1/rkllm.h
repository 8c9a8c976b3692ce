/*
 * C interface of librkllmrt.so, release 1.3.1: that of release 1.3.0 with audio clips in multimodal
 * inputs (RKLLMMultiModalInput 144 -> 192 bytes, RKLLMInput 160 -> 208 bytes). A library of one
 * release must not be called through the header of the other.
 */
#ifndef RKLLM_V1_3_1_RKLLM_H
#define RKLLM_V1_3_1_RKLLM_H

#ifdef RKLLM_V1_3_RKLLM_H
#error "a program includes the header of one release only"
#endif

#define RKLLM_AUDIO_INPUT
#include "../v1_3/rkllm.h"

#endif /* RKLLM_V1_3_1_RKLLM_H */
