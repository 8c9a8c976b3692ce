#include "settings.h"

#include <string.h>

void settings_free(Settings *settings) {
    sim_free(settings->model_path);
    sim_free(settings->img_start);
    sim_free(settings->img_end);
    sim_free(settings->img_content);
    *settings = (Settings){0};
}

void request_free(Request *request) {
    for (size_t i = 0; i < request->input_count; i++) {
        sim_free(request->inputs[i].role);
        sim_free(request->inputs[i].prompt);
        positions_free(&request->inputs[i].content);
        pictures_free(&request->inputs[i].pictures);
    }
    sim_free(request->inputs);
    sim_free(request->lora_name);
    sim_free(request->prompt_cache_path);
    *request = (Request){0};
}

typedef struct Named {
    const char *name;
    enum { INTEGER, REAL, STRING } kind;
    long integer;
    double real;
    const char *string;
} Named;

static Named integer(const char *name, long value) {
    return (Named){.name = name, .kind = INTEGER, .integer = value};
}

static Named real(const char *name, float value) {
    return (Named){.name = name, .kind = REAL, .real = (double)value};
}

static Named string(const char *name, const char *value) {
    return (Named){.name = name, .kind = STRING, .string = value == NULL ? "NULL" : value};
}

static bool write_value(const Named *values, size_t count, const char *name, Bytes *out) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(values[i].name, name) != 0) {
            continue;
        }
        if (values[i].kind == INTEGER) {
            bytes_append_format(out, "%ld", values[i].integer);
        } else if (values[i].kind == REAL) {
            bytes_append_format(out, "%.6g", values[i].real);
        } else {
            bytes_append_text(out, values[i].string);
        }
        return true;
    }
    return false;
}

static bool sampling_value(const Sampling *sampling, const char *name, Bytes *out) {
    const Named values[] = {
        integer("top_k", sampling->top_k),
        real("top_p", sampling->top_p),
        real("temperature", sampling->temperature),
        real("repeat_penalty", sampling->repeat_penalty),
        real("frequency_penalty", sampling->frequency_penalty),
        real("presence_penalty", sampling->presence_penalty),
        integer("mirostat", sampling->mirostat),
        real("mirostat_tau", sampling->mirostat_tau),
        real("mirostat_eta", sampling->mirostat_eta),
    };
    return write_value(values, sizeof values / sizeof *values, name, out);
}

static bool handle_value(const Settings *settings, const char *name, Bytes *out) {
    const Named values[] = {
        string("model_path", settings->model_path),
        integer("max_context_len", settings->max_context_len),
        integer("max_new_tokens", settings->max_new_tokens),
        integer("n_keep", settings->n_keep),
        integer("skip_special_token", settings->skip_special_token),
        integer("ignore_eos_token", settings->ignore_eos_token),
        integer("is_async", settings->is_async),
        string("img_start", settings->img_start),
        string("img_end", settings->img_end),
        string("img_content", settings->img_content),
        integer("base_domain_id", settings->base_domain_id),
        integer("embed_flash", settings->embed_flash),
        integer("enabled_cpus_num", settings->enabled_cpus_num),
        integer("enabled_cpus_mask", (long)settings->enabled_cpus_mask),
        integer("n_batch", settings->n_batch),
        integer("use_cross_attn", settings->use_cross_attn),
    };
    return write_value(values, sizeof values / sizeof *values, name, out);
}


bool settings_value(const Settings *settings, const char *name, Bytes *out) {
    return sampling_value(&settings->sampling, name, out) || handle_value(settings, name, out);
}

bool request_value(const Request *request, const Input *input, const char *name, Bytes *out) {
    const Named values[] = {
        string("role", input->role),
        integer("enable_thinking", input->thinking),
        integer("input_type", input->type),
        integer("mode", request->mode),
        string("lora_adapter_name", request->lora_name),
        integer("keep_history", request->keep_history),
        integer("max_new_tokens", request->max_new_tokens),
    };
    return sampling_value(&request->sampling, name, out) ||
           write_value(values, sizeof values / sizeof *values, name, out);
}
