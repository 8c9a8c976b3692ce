/* logits LIBRARY MODEL TOKENS RUNS: nanoseconds a logit to find the highest of each row, and the
 * log-softmax of the token that followed it: one pass for the maximum, one for the sum. */
#include <math.h>
#include <time.h>

#include "runtime.h"

static int32_t *ids;
static double perplexity;
static double nanoseconds;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int argmax(const float *row, int width) {
    int best = 0;
    float highest = row[0];
    for (int i = 1; i < width; i++) {
        if (row[i] > highest) {
            highest = row[i];
            best = i;
        }
    }
    return best;
}

static double log_softmax(const float *row, int width, int token, float highest) {
    double sum = 0;
    for (int i = 0; i < width; i++) {
        sum += (double)expf(row[i] - highest);
    }
    return (double)(row[token] - highest) - log(sum);
}

static int on_result(RKLLMResult *result, void *userdata, LLMCallState state) {
    (void)userdata;
    if (state != RKLLM_RUN_NORMAL || result->logits.logits == NULL) {
        return 0;
    }
    int width = result->logits.vocab_size;
    int rows = result->logits.num_tokens;
    double sum = 0;
    double begin = now();
    for (int i = 0; i < rows; i++) {
        const float *row = result->logits.logits + (size_t)i * (size_t)width;
        int best = argmax(row, width);
        sum += log_softmax(row, width, i + 1 < rows ? ids[i + 1] : best, row[best]);
    }
    nanoseconds = (now() - begin) / rows / width;
    perplexity = exp(-sum / rows);
    return 0;
}

int main(int count, char **arguments) {
    if (count != 5) {
        return 2;
    }
    size_t tokens = strtoul(arguments[3], NULL, 10);
    ids = malloc(tokens * sizeof *ids);
    for (size_t i = 0; i < tokens; i++) {
        ids[i] = (int32_t)(i * 37 % 251);
    }
    Runtime runtime = load(arguments[1], arguments[2], on_result);
    RKLLMInput input = {
        .role = "user",
        .input_type = RKLLM_INPUT_TOKEN,
        .token_input = {.input_ids = ids, .n_tokens = tokens},
    };
    RKLLMInferParam param = {.mode = RKLLM_INFER_GET_LOGITS};
    for (long run = strtol(arguments[4], NULL, 10); run > 0; run--) {
        if (runtime.run(runtime.handle, &input, &param, NULL) != 0) {
            return 1;
        }
        printf("@ %f %f\n", nanoseconds, perplexity);
    }
    return 0;
}
