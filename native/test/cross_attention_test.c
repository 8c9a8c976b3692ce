/* Cross-attention: layouts, masks, positions, and the lifetime of buffers. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

enum { LAYERS = 3, HEADS = 2, WIDTH = 4, TOKENS = 5, INNER = HEADS * WIDTH };

static const char lines[] = "layers: 3\nkv-heads: 2\nhead-dim: 4\n"
                            "encoder-word: good\nencoder-word: morning\nencoder-word: world\n"
                            "encoder-word: bright\nencoder-word: new\n"
                            "when: translate\nneeds: encoder\n"
                            "say: {encoder.words} ({encoder.tokens})\n"
                            "when: translate\nneeds: no-encoder\nsay: what?\n"
                            "when: *\ngenerate: 20\n";

/* Buffers in which token i has word i at position i. */
typedef struct Buffers {
    float keys[LAYERS * TOKENS * INNER];
    float values[LAYERS * INNER * TOKENS];
    float mask[TOKENS];
    int32_t places[TOKENS];
    RKLLMCrossAttnParam param;
} Buffers;

static void fill(Buffers *buffers) {
    for (size_t i = 0; i < LAYERS * TOKENS * INNER; i++) {
        buffers->keys[i] = (float)i / 8;
        buffers->values[i] = (float)i / 16;
    }
    for (size_t i = 0; i < TOKENS; i++) {
        buffers->keys[i * INNER] = (float)i + 0.25f;
        buffers->values[i] = (float)i - 0.25f;
        buffers->mask[i] = 1;
        buffers->places[i] = (int32_t)i;
    }
    buffers->param = (RKLLMCrossAttnParam){buffers->keys, buffers->values, buffers->mask,
                                           buffers->places, TOKENS};
}

static LLMHandle open_attending(void) {
    RKLLMParam param = params_for(model_file(lines));
    param.extend_param.use_cross_attn = 1;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    return handle;
}

static void words_are_read(void) {
    Buffers buffers;
    fill(&buffers);
    LLMHandle handle = open_attending();
    CHECK_INT(ask(handle, "translate"), -1);
    CHECK_HAS(logged(), "E rkllm: use_cross_attn 1 needs rkllm_set_cross_attn_params before a run");
    CHECK_INT(rkllm_set_cross_attn_params(handle, &buffers.param), 0);
    CHECK_TEXT(answer(handle, "translate"), "good morning world bright new (5)");
    buffers.places[4] = 3; /* in the order of the tokens */
    CHECK_TEXT(answer(handle, "translate"), "good morning world bright new (5)");
    buffers.mask[1] = 0; /* the buffers belong to the caller and are read in each run */
    buffers.places[4] = -1;
    CHECK_TEXT(answer(handle, "translate"), "new good world bright (5)");
    buffers.keys[2 * INNER] = 99;
    buffers.values[2] = 99;
    buffers.values[3] = 7; /* a value that does not match its key */
    CHECK_TEXT(answer(handle, "translate"), "new good ? ! (5)");
    buffers.keys[0] = 0.0f / 0.0f;
    CHECK_TEXT(answer(handle, "translate"), "new ! ? ! (5)");
    memset(buffers.mask, 0, sizeof buffers.mask);
    CHECK_TEXT(answer(handle, "translate"), " (5)");
    close_model(handle);
}

static float *logits(LLMHandle handle, size_t *size) {
    const float *output = output_of(handle, "dream", RKLLM_INFER_GET_LOGITS);
    *size = recorder.rows * recorder.width * sizeof *output;
    float *copy = malloc(*size);
    memcpy(copy, output, *size);
    return copy;
}

/* All elements that are not masked influence the logits, and no others. */
static void logits_depend_on_what_is_seen(void) {
    Buffers buffers;
    fill(&buffers);
    LLMHandle handle = open_attending();
    CHECK_INT(rkllm_set_cross_attn_params(handle, &buffers.param), 0);
    size_t size;
    float *before = logits(handle, &size);
    float *elements[] = {&buffers.keys[LAYERS * TOKENS * INNER - 1],
                         &buffers.values[LAYERS * TOKENS * INNER - 1], &buffers.mask[4]};
    for (size_t i = 0; i < 3; i++) {
        float kept = *elements[i];
        *elements[i] = 0.5f;
        float *after = logits(handle, &size);
        CHECK(memcmp(before, after, size) != 0);
        *elements[i] = kept;
        free(after);
    }
    buffers.places[2] = 77;
    float *moved = logits(handle, &size);
    CHECK(memcmp(before, moved, size) != 0);
    buffers.places[2] = 2;
    buffers.mask[4] = 0;
    float *masked = logits(handle, &size);
    *elements[0] = -5;
    *elements[1] = -6;
    float *same = logits(handle, &size);
    CHECK(memcmp(masked, same, size) == 0);
    memset(buffers.mask, 0, sizeof buffers.mask);
    float *blind = logits(handle, &size);
    LLMHandle plain = open_model(lines);
    float *without = logits(plain, &size);
    CHECK(memcmp(blind, without, size) == 0);
    CHECK(memcmp(before, without, size) != 0);
    free(before);
    free(moved);
    free(masked);
    free(same);
    free(blind);
    free(without);
    close_model(handle);
    close_model(plain);
}

/* Values have another layout than keys. */
static void masked_token_has_no_influence(void) {
    Buffers buffers;
    fill(&buffers);
    buffers.mask[1] = 0;
    LLMHandle handle = open_attending();
    CHECK_INT(rkllm_set_cross_attn_params(handle, &buffers.param), 0);
    size_t size;
    float *before = logits(handle, &size);
    for (size_t layer = 0; layer < LAYERS; layer++) {
        for (size_t i = 0; i < INNER; i++) {
            buffers.keys[(layer * TOKENS + 1) * INNER + i] = -9;
            buffers.values[(layer * INNER + i) * TOKENS + 1] = -9;
        }
    }
    float *same = logits(handle, &size);
    CHECK(memcmp(before, same, size) == 0);
    buffers.values[(1 * INNER + 3) * TOKENS + 2] = -9;
    float *other = logits(handle, &size);
    CHECK(memcmp(before, other, size) != 0);
    free(before);
    free(same);
    free(other);
    close_model(handle);
}

static float greatest_difference(const float *a, const float *b, size_t size) {
    float greatest = 0;
    for (size_t i = 0; i < size / sizeof *a; i++) {
        greatest = fmaxf(greatest, fabsf(a[i] - b[i]));
    }
    return greatest;
}

/* A mask of less than 1 is a part of the attention, and more than 1 is all of it. */
static void mask_is_the_share(void) {
    static const RKLLMInferMode modes[] = {RKLLM_INFER_GET_LOGITS,
                                           RKLLM_INFER_GET_LAST_HIDDEN_LAYER};
    static const float masks[] = {0, 1, 0.125f, 100};
    Buffers buffers;
    fill(&buffers);
    LLMHandle handle = open_attending();
    CHECK_INT(rkllm_set_cross_attn_params(handle, &buffers.param), 0);
    for (size_t mode = 0; mode < 2; mode++) {
        float *outputs[4];
        float differences[4];
        for (size_t i = 0; i < 4; i++) {
            for (size_t token = 0; token < TOKENS; token++) {
                buffers.mask[token] = masks[i];
            }
            const float *output = output_of(handle, "dream", modes[mode]);
            size_t size = recorder.rows * recorder.width * sizeof *output;
            outputs[i] = malloc(size);
            memcpy(outputs[i], output, size);
            differences[i] = greatest_difference(outputs[0], outputs[i], size);
        }
        CHECK(differences[2] > 0 && differences[2] < differences[1] / 4);
        CHECK(differences[3] < differences[1] * 2);
        for (size_t i = 0; i < 4; i++) {
            free(outputs[i]);
        }
    }
    close_model(handle);
}

static void another_encoder_takes_a_full_prefill(void) {
    Buffers buffers;
    fill(&buffers);
    LLMHandle handle = open_attending();
    CHECK_INT(rkllm_set_cross_attn_params(handle, &buffers.param), 0);
    answer(handle, "translate");
    int full = recorder.perf.prefill_tokens;
    answer(handle, "translate");
    CHECK_INT(recorder.perf.prefill_tokens, 1);
    buffers.keys[7] += 1;
    answer(handle, "translate");
    CHECK_INT(recorder.perf.prefill_tokens, full);
    close_model(handle);
}

static void wrong_calls(void) {
    Buffers buffers;
    fill(&buffers);
    LLMHandle handle = open_model(lines);
    CHECK_INT(rkllm_set_cross_attn_params(handle, &buffers.param), -1);
    CHECK_HAS(logged(), "E rkllm: rkllm_set_cross_attn_params needs use_cross_attn 1 at init\n");
    CHECK_TEXT(answer(handle, "translate"), "what?");
    CHECK_TEXT(reported(), "");
    close_model(handle);
    handle = open_attending();
    CHECK_INT(rkllm_set_cross_attn_params(handle, NULL), -1);
    CHECK_HAS(reported(), "NULL for its parameters");
    RKLLMCrossAttnParam param = buffers.param;
    param.encoder_pos = NULL;
    CHECK_INT(rkllm_set_cross_attn_params(handle, &param), -1);
    CHECK_HAS(reported(), "NULL for its encoder_pos");
    param = buffers.param;
    param.num_tokens = 0;
    CHECK_INT(rkllm_set_cross_attn_params(handle, &param), -1);
    CHECK_HAS(reported(), "num_tokens 0");
    close_model(handle);
}

/* Reading an unmapped page raises a signal. */
static void use_after_unmap(void (*place)(RKLLMCrossAttnParam *param, void *pages)) {
    Buffers buffers;
    fill(&buffers);
    signal(SIGSEGV, SIG_DFL);
    size_t size = sizeof buffers.values;
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(buffers.mask, 0, sizeof buffers.mask); /* all of it is read, even if nothing is seen */
    place(&buffers.param, pages);
    LLMHandle handle = open_attending();
    rkllm_set_cross_attn_params(handle, &buffers.param);
    if (ask(handle, "translate") != 0) {
        _exit(1);
    }
    munmap(pages, size);
    ask(handle, "translate");
    _exit(2);
}

static void as_keys(RKLLMCrossAttnParam *param, void *pages) { param->encoder_k_cache = pages; }
static void as_values(RKLLMCrossAttnParam *param, void *pages) { param->encoder_v_cache = pages; }
static void as_mask(RKLLMCrossAttnParam *param, void *pages) { param->encoder_mask = pages; }
static void as_places(RKLLMCrossAttnParam *param, void *pages) { param->encoder_pos = pages; }
static void unmap_keys(void) { use_after_unmap(as_keys); }
static void unmap_values(void) { use_after_unmap(as_values); }
static void unmap_mask(void) { use_after_unmap(as_mask); }
static void unmap_places(void) { use_after_unmap(as_places); }

static void unmapped_buffers_raise_a_signal(void) {
    static void (*const bodies[])(void) = {unmap_keys, unmap_values, unmap_mask, unmap_places};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        int status = in_child(bodies[i], 10000);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    }
}

TESTS(cross_attention, {"words are read", words_are_read, false},
      {"logits depend on what is seen", logits_depend_on_what_is_seen, false},
      {"masked token has no influence", masked_token_has_no_influence, false},
      {"mask is the share", mask_is_the_share, false},
      {"another encoder takes a full prefill", another_encoder_takes_a_full_prefill, false},
      {"wrong calls", wrong_calls, false},
      {"unmapped buffers raise a signal", unmapped_buffers_raise_a_signal, false})
