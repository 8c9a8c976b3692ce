/* The runtime as a C program uses it: opened by path, one model. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rkllm.h"

typedef struct Runtime {
    LLMHandle handle;
    rkllm_run_fn run;
} Runtime;

static void *symbol(void *library, const char *name) {
    void *address = dlsym(library, name);
    if (address == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return address;
}

static Runtime load(const char *path, const char *model, LLMResultCallback callback) {
    void *library = dlopen(path, RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    RKLLMParam param = ((rkllm_createDefaultParam_fn)symbol(library, "rkllm_createDefaultParam"))();
    param.model_path = model;
    param.max_context_len = 16384;
    RKLLMCallback callbacks = {.result_callback = callback};
    Runtime runtime = {.run = (rkllm_run_fn)symbol(library, "rkllm_run")};
    rkllm_init_fn init = (rkllm_init_fn)symbol(library, "rkllm_init");
    if (init(&runtime.handle, &param, &callbacks) != 0) {
        fprintf(stderr, "rkllm_init failed\n");
        exit(1);
    }
    return runtime;
}

static inline void generate(const Runtime *runtime, const char *prompt) {
    RKLLMInput input = {.role = "user", .input_type = RKLLM_INPUT_PROMPT, .prompt_input = prompt};
    RKLLMInferParam param = {.mode = RKLLM_INFER_GENERATE};
    if (runtime->run(runtime->handle, &input, &param, NULL) != 0) {
        fprintf(stderr, "rkllm_run failed\n");
        exit(1);
    }
}
