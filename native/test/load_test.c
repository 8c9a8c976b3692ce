/* Default parameters, loading, and its errors. */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "release.h"

static void defaults_are_the_vendors(void) {
    RKLLMParam param = rkllm_createDefaultParam();
    CHECK(param.model_path == NULL);
    CHECK_INT(param.max_context_len, 512);
    CHECK_INT(param.max_new_tokens, -1);
    CHECK_INT(param.top_k, 40);
    CHECK_INT(param.n_keep, 0);
    CHECK(param.top_p == 0.9f && param.temperature == 0.8f && param.repeat_penalty == 1.1f);
    CHECK(param.frequency_penalty == 0 && param.presence_penalty == 0);
    CHECK(param.mirostat == 0 && param.mirostat_tau == 5.0f && param.mirostat_eta == 0.1f);
    CHECK(param.skip_special_token && !param.is_async);
    CHECK_INT(param.extend_param.enabled_cpus_num, 4);
    CHECK(param.extend_param.enabled_cpus_mask == 0x0F ||
          param.extend_param.enabled_cpus_mask == 0xF0);
    CHECK_INT(param.extend_param.n_batch, 1);
    CHECK_INT(param.extend_param.base_domain_id, 0);
}

static void init_logs_the_models_facts(void) {
    LLMHandle handle = open_model("toolkit: 1.2.1b1\nplatform: RK3576\nnpu-cores: 2\n"
                                  "dtype: W4A16\ndriver: 0.9.9\n");
    char expected[1024];
    snprintf(expected, sizeof expected,
             "I rkllm: rkllm-runtime version: %s, rknpu driver version: 0.9.9, platform: RK3576\n"
             "I rkllm: loading rkllm model from %s\n"
             "I rkllm: rkllm-toolkit version: 1.2.1b1, max_context_limit: 4096, npu_core_num: 2, "
             "target_platform: RK3576, model_dtype: W4A16\n"
             "I rkllm: Enabled cpus: [",
             RELEASE_VERSION, temp_path("model.rkllm"));
    CHECK(strncmp(logged(), expected, strlen(expected)) == 0);
    CHECK_HAS(logged(), "]\nI rkllm: Enabled cpus num: 4\n");
    close_model(handle);
}

static void template_may_be_unreadable(void) {
    LLMHandle handle = open_model("template: unreadable\n");
    CHECK_HAS(logged(), "E rkllm: Chat template auto-parsing failed: please configure it via "
                        "rkllm_set_chat_template\n");
    CHECK_TEXT(answer(handle, "hello"), "You said: hello");
    CHECK_INT(rkllm_set_function_tools(handle, "", "[]", ""), -1);
    CHECK_INT(rkllm_set_chat_template(handle, "", "<|im_start|>user\n", "<|im_end|>\n"), 0);
    CHECK_TEXT(answer(handle, "hello"), "You said: hello");
    close_model(handle);
}

static void refused(RKLLMParam param, const char *line) {
    LLMHandle handle = &param; /* must be set to NULL */
    CHECK(init(&handle, &param) != 0);
    CHECK(handle == NULL);
    CHECK_HAS(logged(), line);
}

static void init_refuses_files(void) {
    refused(params_for("/nonexistent/model.rkllm"),
            "E rkllm: failed to open model file /nonexistent/model.rkllm: No such file");
    refused(params_for("/tmp"), "E rkllm: failed to read model file /tmp");
    const char *path = temp_path("other.rkllm");
    write_file(path, "hello", 5);
    refused(params_for(path), "E rkllm: invalid rknn llm model magic\n");
    CHECK_HAS(logged(), "first line must be RKLLM-SIMULATOR-MODEL 1");
    CHECK(strstr(logged(), "board") == NULL);
    write_file(path, "RKLLM\0\1\2\3", 9);
    refused(params_for(path), "a real model needs a Rockchip board");
    write_file(path, "", 0);
    refused(params_for(path), "E rkllm: invalid rknn llm model magic\n");
}

static void init_refuses_contexts(void) {
    RKLLMParam param = params_for(model_file("context-limit: 4096\n"));
    param.max_context_len = 8192;
    refused(param, "E rkllm: max_context[8192] must be less than the model's "
                   "max_context_limit[4096]\n");
    param.max_context_len = 0;
    refused(param, "E rkllm: max_context[0] must be greater than 0");
    param.max_context_len = -32;
    refused(param, "E rkllm: max_context[-32] must be greater than 0");
    LLMHandle handle = NULL;
    param.max_context_len = 100;
    CHECK_INT(init(&handle, &param), 0);
    CHECK_HAS(logged(), "W rkllm: max_context[100] is not a multiple of 32, using 128");
    close_model(handle);
}

static void init_refuses_cpus(void) {
    RKLLMParam param = params_for(model_file("npu-cores: 3\n"));
    param.extend_param.enabled_cpus_num = 2;
    param.extend_param.enabled_cpus_mask = 0x3;
    refused(param, "E rkllm: The number of enabled CPUs must be greater than or equal to the "
                   "number of NPU cores.\n");
    param.extend_param.enabled_cpus_num = 4;
    refused(param, "E rkllm: enabled_cpus_mask[0x3] has 2 CPUs, enabled_cpus_num is 4");
}

static void init_refuses_platforms(void) {
    refused(params_for(model_file("platform: RK3588\nboard: RK3399\n")),
            "E rkllm: Platform error, must be either RK3588, RK3576, RV1126B or RK3562. "
            "Your platform is RK3399\n");
    refused(params_for(model_file("platform: RK3588\nboard: RK3576\n")),
            "the model's target_platform is RK3588. Your platform is RK3576");
}

static void no_batch_is_a_batch_of_one(void) {
    RKLLMParam param = params_for(model_file("when: *\nsay: {param.n_batch}\n"));
    param.extend_param.n_batch = 0;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    CHECK_HAS(logged(), "W rkllm: n_batch[0] is treated as 1\n");
    CHECK_TEXT(answer(handle, "x"), "1");
    close_model(handle);
}

static void parameters_reach_the_script(void) {
    RKLLMParam param = params_for(model_file("when: *\n"
                                             "say: {param.top_k} {param.top_p} {param.temperature} "
                                             "{param.n_keep} {param.base_domain_id} "
                                             "{param.embed_flash} {param.enabled_cpus_mask} "
                                             "{param.mirostat_eta} {param.repeat_penalty}\n"));
    param.top_k = 7;
    param.top_p = 0.25f;
    param.temperature = 1.5f;
    param.n_keep = -1;
    param.mirostat_eta = 0.5f;
    param.repeat_penalty = 2;
    param.extend_param.base_domain_id = 3;
    param.extend_param.embed_flash = 1;
    param.extend_param.enabled_cpus_mask = 0x55;
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    CHECK_TEXT(answer(handle, "x"), "7 0.25 1.5 -1 3 1 85 0.5 2");
    close_model(handle);
}

static void run_parameters_override(void) {
#if RKLLM_ABI >= 13
    LLMHandle handle = open_model("when: *\nsay: {run.top_k} {run.temperature} "
                                  "{run.max_new_tokens} {param.top_k}\n");
    RKLLMSamplingParam sampling = {.top_k = 5, .temperature = 0.5f};
    RKLLMInput input = {.input_type = RKLLM_INPUT_PROMPT, .prompt_input = "x"};
    RKLLMInferParam params = {.sampling_params = &sampling, .max_new_tokens = 100};
    CHECK_INT(rkllm_run(handle, &input, &params, &recorder), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "5 0.5 100 40");
    params.max_new_tokens = 1;
    recorder_clear(&recorder);
    CHECK_INT(rkllm_run(handle, &input, &params, NULL), 0); /* result_userdata is used */
    CHECK_INT((long)recorder.normal, 1);
    close_model(handle);
#endif
}

static void ledger_comes_to_zero(void) {
    char lines[256];
    const char *ledger = temp_path("ledger");
    snprintf(lines, sizeof lines, "ledger: %s\nwhen: *\nsay: Hello, {prompt}\n", ledger);
    long before = sim_live_allocations();
    LLMHandle handle = open_model(lines);
    CHECK_TEXT(answer(handle, "world"), "Hello, world");
    close_model(handle);
    CHECK_HAS(read_text(ledger), " live_handles=0 ");
    CHECK_HAS(read_text(ledger), " runs=");
    RKLLMParam param = params_for(model_file(lines));
    param.max_context_len = 1 << 20;
    refused(param, "max_context[1048576]");
    CHECK(strchr(strchr(read_text(ledger), '\n') + 1, '\n') != NULL); /* a second line */
    long grown = sim_live_allocations() - before;
    CHECK(grown <= 4); /* buffers of the tests */
}

static void loading_again_and_again_leaves_nothing(void) {
    RKLLMParam param = params_for(model_file("when: *\nsay: x\n"));
    long before = 0;
    for (int i = 0; i < 50; i++) {
        LLMHandle handle = NULL;
        CHECK_INT(init(&handle, &param), 0);
        CHECK_INT(ask(handle, "x"), 0);
        close_model(handle);
        if (i == 0) {
            before = sim_live_allocations();
        }
    }
    CHECK_INT(sim_live_allocations(), before);
}

TESTS(load, {"defaults are the vendor's", defaults_are_the_vendors, false},
      {"init logs the model's facts", init_logs_the_models_facts, false},
      {"template may be unreadable", template_may_be_unreadable, false},
      {"init refuses files", init_refuses_files, false},
      {"init refuses contexts", init_refuses_contexts, false},
      {"init refuses cpus", init_refuses_cpus, false},
      {"init refuses platforms", init_refuses_platforms, false},
      {"no batch is a batch of one", no_batch_is_a_batch_of_one, false},
      {"parameters reach the script", parameters_reach_the_script, false},
      {"run parameters override", run_parameters_override, false},
      {"ledger comes to zero", ledger_comes_to_zero, false},
      {"loading again and again leaves nothing", loading_again_and_again_leaves_nothing, false})
