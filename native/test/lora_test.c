/* LoRA adapters: their files, their effect on the logits, and rules that require them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static const char lines[] = "name: base\n"
                            "when: who\nneeds: lora pirate\nsay: Arr, {lora} at {lora.scale}\n"
                            "when: who\nneeds: no-lora\nsay: plain{lora}\nelse: plain\n"
                            "when: who\nsay: some other\n"
                            "when: *\ngenerate: 40\n";

static const char *adapter_file(const char *name, const char *content) {
    const char *path = temp_path(name);
    write_file(path, content, strlen(content));
    return path;
}

static const char *good_file(void) {
    return adapter_file("good.lora", "RKLLM-SIMULATOR-LORA 1\n# mine\nfor: base\nseed: 7\n");
}

static int load_lora(LLMHandle handle, const char *path, const char *name, float scale) {
    RKLLMLoraAdapter adapter = {path, name, scale};
    return rkllm_load_lora(handle, &adapter);
}

static int run_with(LLMHandle handle, const char *prompt, const char *adapter, RKLLMInferMode mode) {
    RKLLMInput input = prompt_input(prompt);
    RKLLMLoraParam lora = {adapter};
    RKLLMInferParam params = {.mode = mode, .lora_params = adapter == NULL ? NULL : &lora};
    recorder_clear(&recorder);
    return rkllm_run(handle, &input, &params, &recorder);
}

static const char *answer_with(LLMHandle handle, const char *prompt, const char *adapter) {
    CHECK_INT(run_with(handle, prompt, adapter, RKLLM_INFER_GENERATE), 0);
    return bytes_text(&recorder.text);
}

static void rules_ask_for_adapters(void) {
    LLMHandle handle = open_model(lines);
    const char *path = good_file();
    CHECK_INT(load_lora(handle, path, "pirate", 0.5f), 0);
    CHECK_INT(load_lora(handle, path, "poet", 1), 0);
    CHECK_INT(load_lora(handle, path, "none", 0), 0);
    CHECK_TEXT(answer_with(handle, "who", "pirate"), "Arr, pirate at 0.5");
    CHECK_TEXT(answer_with(handle, "who", "poet"), "some other");
    CHECK_TEXT(answer_with(handle, "who", "none"), "plain"); /* scale 0 is the base model */
    CHECK_TEXT(answer_with(handle, "who", NULL), "plain");
    CHECK_INT(run_with(handle, "who", "nobody", RKLLM_INFER_GENERATE), -1);
    CHECK_HAS(logged(), "E rkllm: lora adapter nobody is not loaded\n");
    CHECK_INT((long)recorder.count, 0);
    CHECK_TEXT(reported(), "");
    close_model(handle);
}

static float *logits_with(LLMHandle handle, const char *adapter, size_t *count) {
    CHECK_INT(run_with(handle, "dream", adapter, RKLLM_INFER_GET_LOGITS), 0);
    *count = recorder.rows * recorder.width;
    float *copy = malloc(*count * sizeof *copy);
    memcpy(copy, recorder.output, *count * sizeof *copy);
    return copy;
}

static void share_is_proportional_to_the_scale(void) {
    LLMHandle handle = open_model(lines);
    const char *path = good_file();
    CHECK_INT(load_lora(handle, path, "zero", 0), 0);
    CHECK_INT(load_lora(handle, path, "half", 0.5f), 0);
    CHECK_INT(load_lora(handle, path, "one", 1), 0);
    CHECK_INT(load_lora(handle, path, "minus", -2), 0);
    size_t count;
    float *base = logits_with(handle, NULL, &count);
    float *zero = logits_with(handle, "zero", &count);
    float *half = logits_with(handle, "half", &count);
    float *one = logits_with(handle, "one", &count);
    float *minus = logits_with(handle, "minus", &count);
    CHECK(memcmp(base, zero, count * sizeof *base) == 0);
    CHECK(memcmp(base, one, count * sizeof *base) != 0);
    for (size_t i = 0; i < count; i++) {
        CHECK(one[i] - base[i] == 2 * (half[i] - base[i]));
        CHECK(minus[i] - base[i] == -2 * (one[i] - base[i]));
    }
    free(base);
    free(zero);
    free(half);
    free(one);
    free(minus);
    close_model(handle);
}

static void adapters_differ_by_their_files(void) {
    LLMHandle handle = open_model(lines);
    CHECK_INT(load_lora(handle, good_file(), "a", 1), 0);
    const char *other = adapter_file("b.lora", "RKLLM-SIMULATOR-LORA 1\r\nfor: base\r\nseed: 8\r\n");
    CHECK_INT(load_lora(handle, other, "b", 1), 0);
    char texts[3][2048];
    snprintf(texts[0], sizeof texts[0], "%s", answer_with(handle, "dream", NULL));
    snprintf(texts[1], sizeof texts[1], "%s", answer_with(handle, "dream", "a"));
    snprintf(texts[2], sizeof texts[2], "%s", answer_with(handle, "dream", "b"));
    CHECK(strcmp(texts[0], texts[1]) != 0);
    CHECK(strcmp(texts[0], texts[2]) != 0);
    CHECK(strcmp(texts[1], texts[2]) != 0);
    CHECK_TEXT(answer_with(handle, "dream", NULL), texts[0]);
    CHECK_TEXT(answer_with(handle, "dream", "a"), texts[1]);
    close_model(handle);
}

static void switching_takes_a_full_prefill(void) {
    LLMHandle handle = open_model(lines);
    CHECK_INT(load_lora(handle, good_file(), "a", 1), 0);
    answer_with(handle, "dream", NULL);
    int full = recorder.perf.prefill_tokens;
    answer_with(handle, "dream", NULL);
    CHECK_INT(recorder.perf.prefill_tokens, 1);
    answer_with(handle, "dream", "a");
    CHECK_INT(recorder.perf.prefill_tokens, full);
    answer_with(handle, "dream", "a");
    CHECK_INT(recorder.perf.prefill_tokens, 1);
    answer_with(handle, "dream", NULL);
    CHECK_INT(recorder.perf.prefill_tokens, full);
    close_model(handle);
}

static int prefilled_with(LLMHandle handle, const char *adapter, int history) {
    RKLLMInput input = prompt_input("dream");
    RKLLMLoraParam lora = {adapter};
    RKLLMInferParam params = {.lora_params = &lora, .keep_history = history};
    recorder_clear(&recorder);
    CHECK_INT(rkllm_run(handle, &input, &params, &recorder), 0);
    return recorder.perf.prefill_tokens;
}

/* The first turn of the history was computed with another adapter. */
static void history_of_two_adapters_is_not_reused(void) {
    LLMHandle handle = open_model(lines);
    CHECK_INT(load_lora(handle, good_file(), "a", 1), 0);
    CHECK_INT(load_lora(handle, adapter_file("b.lora", "RKLLM-SIMULATOR-LORA 1\nfor: base\n"), "b",
                        1), 0);
    int full = prefilled_with(handle, "b", 0);
    prefilled_with(handle, "a", 1);
    prefilled_with(handle, "b", 1);
    CHECK_INT(prefilled_with(handle, "b", 0), full);
    close_model(handle);
}

static void wrong_adapters_are_refused(void) {
    LLMHandle handle = open_model(lines);
    const char *path = good_file();
    CHECK_INT(load_lora(handle, "/nonexistent.lora", "a", 1), -1);
    CHECK_HAS(logged(), "E rkllm: failed to open lora adapter /nonexistent.lora: No such file");
    CHECK_INT(load_lora(handle, "/tmp", "a", 1), -1);
    CHECK_INT(load_lora(handle, adapter_file("m.lora", "hello\nfor: base\n"), "a", 1), -1);
    CHECK_HAS(logged(), "its first line must be RKLLM-SIMULATOR-LORA 1");
    CHECK_INT(load_lora(handle, adapter_file("x.lora", "RKLLM-SIMULATOR-LORA 12\nfor: base\n"), "a",
                        1), -1);
    CHECK_INT(load_lora(handle, adapter_file("o.lora", "RKLLM-SIMULATOR-LORA 1\nfor: other\n"), "a",
                        1), -1);
    CHECK_HAS(logged(), " belongs to the model other, but this one is base\n");
    CHECK_INT(load_lora(handle, adapter_file("n.lora", "RKLLM-SIMULATOR-LORA 1\n"), "a", 1), -1);
    CHECK_INT(load_lora(handle, adapter_file("s.lora", "RKLLM-SIMULATOR-LORA 1\nseed: x\n"), "a", 1),
              -1);
    CHECK_INT(load_lora(handle, adapter_file("e.lora", ""), "a", 1), -1);
    CHECK_INT(load_lora(handle, path, "a", 1.0f / 0.0f), -1);
    CHECK_INT(load_lora(handle, path, "a", 1), 0);
    CHECK_INT(load_lora(handle, path, "a", 1), -1);
    CHECK_HAS(logged(), "E rkllm: a lora adapter with the name a is already loaded\n");
    CHECK_TEXT(reported(), "");
    CHECK_INT(load_lora(handle, NULL, "b", 1), -1);
    CHECK_HAS(reported(), "rkllm_load_lora was given NULL for its path");
    CHECK_INT(load_lora(handle, path, NULL, 1), -1);
    CHECK_HAS(reported(), "rkllm_load_lora was given NULL for its name");
    close_model(handle);
}

TESTS(lora, {"rules ask for adapters", rules_ask_for_adapters, false},
      {"share is proportional to the scale", share_is_proportional_to_the_scale, false},
      {"adapters differ by their files", adapters_differ_by_their_files, false},
      {"switching takes a full prefill", switching_takes_a_full_prefill, false},
      {"history of two adapters is not reused", history_of_two_adapters_is_not_reused, false},
      {"wrong adapters are refused", wrong_adapters_are_refused, false})
