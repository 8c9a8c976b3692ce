#include "emitter.h"

#include <string.h>
#include <sys/mman.h>

#include "log.h"
#include "release.h"

void emitter_create(Emitter *emitter, LLMResultCallback callback, bool unmap) {
    *emitter = (Emitter){.callback = callback, .unmap = unmap};
    emitter->slots = sim_alloc(EMITTER_SLOTS * sizeof(EmitterSlot));
}

void emitter_free(Emitter *emitter) {
    bytes_free(&emitter->held);
    sim_free(emitter->slots);
    *emitter = (Emitter){0};
}

void emitter_begin(Emitter *emitter, void *userdata, SplitMode split, bool silent) {
    emitter->userdata = userdata;
    emitter->split = split;
    emitter->silent = silent;
    emitter->reported = false;
    emitter->utf8 = (Utf8State){0};
    bytes_clear(&emitter->held);
}

/* A callback that is declared void returns garbage each time: once is enough to say so. */
static Verdict judge(Emitter *emitter, int verdict) {
    if (verdict < 0 || verdict > RELEASE_MAX_VERDICT) {
        if (!emitter->reported) {
            report_misuse("the result callback returned %d, which means nothing in release %s",
                          verdict, RELEASE_VERSION);
        }
        emitter->reported = true;
        return VERDICT_GO_ON;
    }
    return verdict == 1 ? VERDICT_PAUSE : VERDICT_GO_ON;
}

static void fill(RKLLMResult *result, int32_t id, const RKLLMPerfStat *perf) {
    *result = (RKLLMResult){.token_id = id};
    if (perf != NULL) {
        result->perf = *perf;
    }
}

/* Text and result are in pages of their own, gone when the callback has returned. */
static int deliver_unmapped(Emitter *emitter, LLMCallState state, int32_t id, const char *text,
                            size_t length, const RKLLMPerfStat *perf) {
    size_t size = sizeof(RKLLMResult) + length + 1;
    char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        log_error("failed to map an output buffer of %zu bytes", size);
        return 0;
    }
    RKLLMResult *result = (RKLLMResult *)(void *)pages;
    fill(result, id, perf);
    if (text != NULL) {
        char *copy = pages + sizeof(RKLLMResult);
        memcpy(copy, text, length);
        result->text = copy;
    }
    int verdict = emitter->callback(result, emitter->userdata, state);
    munmap(pages, size);
    return verdict;
}

static int deliver_pooled(Emitter *emitter, LLMCallState state, int32_t id, const char *text,
                          size_t length, const RKLLMPerfStat *perf) {
    EmitterSlot *slot = &emitter->slots[emitter->next_slot++ % EMITTER_SLOTS];
    fill(&slot->result, id, perf);
    char *copy = NULL;
    if (text != NULL) {
        copy = length < EMITTER_TEXT ? slot->text : sim_alloc(length + 1);
        memcpy(copy, text, length);
        copy[length] = '\0';
        slot->result.text = copy;
    }
    int verdict = emitter->callback(&slot->result, emitter->userdata, state);
    memset(&slot->result, EMITTER_POISON, sizeof slot->result);
    if (copy != NULL) {
        memset(copy, EMITTER_POISON, length + (copy == slot->text ? 1 : 0));
        slot->text[EMITTER_TEXT - 1] = '\0'; /* a late read stops inside the slot */
    }
    if (copy != slot->text) {
        sim_free(copy);
    }
    return verdict;
}

static Verdict deliver(Emitter *emitter, LLMCallState state, int32_t id, const char *text,
                       size_t length, const RKLLMPerfStat *perf) {
    if (emitter->silent) {
        return VERDICT_GO_ON;
    }
    return judge(emitter, emitter->unmap
                              ? deliver_unmapped(emitter, state, id, text, length, perf)
                              : deliver_pooled(emitter, state, id, text, length, perf));
}

static void feed(Utf8State *state, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        utf8_feed(state, (unsigned char)bytes[i]);
    }
}

/* Keeps the bytes back until their character is whole. */
static Verdict hold(Emitter *emitter, int32_t id, const char *bytes, size_t length, bool inside) {
    bytes_append(&emitter->held, bytes, length);
    if (inside) {
        const char *text = emitter->split == SPLIT_HOLD_EMPTY ? "" : NULL;
        return deliver(emitter, RKLLM_RUN_WAITING, id, text, 0, NULL);
    }
    Verdict verdict = deliver(emitter, RKLLM_RUN_NORMAL, id, bytes_text(&emitter->held),
                              emitter->held.length, NULL);
    bytes_clear(&emitter->held);
    return verdict;
}

Verdict emitter_token(Emitter *emitter, int32_t id, const char *bytes, size_t length, bool last) {
    feed(&emitter->utf8, bytes, length);
    bool inside = emitter->utf8.missing > 0;
    if (emitter->split == SPLIT_NORMAL) {
        return deliver(emitter, RKLLM_RUN_NORMAL, id, bytes, length, NULL);
    }
    if (emitter->split == SPLIT_PARTIAL) {
        return deliver(emitter, inside ? RKLLM_RUN_WAITING : RKLLM_RUN_NORMAL, id, bytes, length,
                       NULL);
    }
    if (!inside && emitter->held.length == 0) {
        return deliver(emitter, RKLLM_RUN_NORMAL, id, bytes, length, NULL);
    }
    return hold(emitter, id, bytes, length, inside && !last);
}

Verdict emitter_null_text(Emitter *emitter, int32_t id) {
    return deliver(emitter, RKLLM_RUN_NORMAL, id, NULL, 0, NULL);
}

void emitter_finish(Emitter *emitter, const RKLLMPerfStat *perf, bool empty_text) {
    deliver(emitter, RKLLM_RUN_FINISH, -1, empty_text ? "" : NULL, 0, perf);
}

void emitter_error(Emitter *emitter, ErrorForm form, const char *message) {
    if (form == ERROR_NULL_RESULT) {
        if (!emitter->silent) {
            judge(emitter, emitter->callback(NULL, emitter->userdata, RKLLM_RUN_ERROR));
        }
        return;
    }
    const char *text = form == ERROR_NULL_TEXT ? NULL : message;
    deliver(emitter, RKLLM_RUN_ERROR, -1, text, text == NULL ? 0 : strlen(text), NULL);
}
