#include "emitter.h"

#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "log.h"
#include "release.h"
#include "stray.h"

void emitter_create(Emitter *emitter, LLMResultCallback callback, size_t members, bool unmap,
                    bool timed) {
    *emitter = (Emitter){
        .callback = callback, .unmap = unmap, .timed = timed, .stream_count = members};
    emitter->slots = sim_alloc(EMITTER_SLOTS * sizeof(EmitterSlot));
    emitter->streams = sim_alloc(members * sizeof(Stream));
}

void emitter_free(Emitter *emitter) {
    for (size_t i = 0; i < emitter->stream_count; i++) {
        bytes_free(&emitter->streams[i].held);
    }
    sim_free(emitter->streams);
    sim_free(emitter->slots);
    sim_free(emitter->block);
    times_free(&emitter->times);
    *emitter = (Emitter){0};
}

void emitter_begin(Emitter *emitter, void *userdata, const Faults *faults, bool goes_on) {
    emitter->userdata = userdata;
    emitter->silent = faults != NULL && faults->silent;
    emitter->twice_from = faults == NULL ? NEVER : faults->two_threads_at;
    emitter->carried = 0;
    emitter->reported = false;
    for (size_t i = 0; !goes_on && i < emitter->stream_count; i++) {
        emitter->streams[i].utf8 = (Utf8State){0};
        bytes_clear(&emitter->streams[i].held);
    }
}

/*
 * Checks a return value. A callback declared as void returns arbitrary values each time, so misuse
 * is reported only once.
 */
static Verdict judge(Emitter *emitter, int verdict) {
    if (verdict < 0 || verdict > RELEASE_MAX_VERDICT) {
        if (!emitter->reported) {
            report_misuse("the result callback returned %d, which is undefined in release %s",
                          verdict, RELEASE_VERSION);
        }
        emitter->reported = true;
        return VERDICT_GO_ON;
    }
    return (Verdict)verdict;
}

/* ---- the callback itself ---- */

static int call_timed(Emitter *emitter, RKLLMResult *result, LLMCallState state) {
    int64_t before = clock_now_ns();
    int verdict = emitter->callback(result, emitter->userdata, state);
    times_append(&emitter->times, before, clock_now_ns());
    return verdict;
}

static int call(Emitter *emitter, RKLLMResult *result, LLMCallState state) {
    if (state != RKLLM_RUN_NORMAL && state != RKLLM_RUN_WAITING) {
        return emitter->callback(result, emitter->userdata, state);
    }
    int64_t at = emitter->carried++;
    if (emitter->twice_from != NEVER && at >= emitter->twice_from) {
        return stray_call_twice(emitter->callback, result, emitter->userdata, state);
    }
    return emitter->timed ? call_timed(emitter, result, state)
                          : emitter->callback(result, emitter->userdata, state);
}

/* ---- one result ---- */

static void fill(RKLLMResult *result, int32_t id, const RKLLMPerfStat *perf) {
    *result = (RKLLMResult){.token_id = id};
    if (perf != NULL) {
        result->perf = *perf;
    }
}

/* Delivers text and result in separate pages, which are unmapped when the callback has returned. */
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
    int verdict = call(emitter, result, state);
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
    int verdict = call(emitter, &slot->result, state);
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

/* ---- an array of results ---- */

static char *block_map(Emitter *emitter, size_t size) {
    if (!emitter->unmap) {
        sim_free(emitter->block);
        emitter->block = sim_alloc(size);
        emitter->block_size = size;
        return emitter->block;
    }
    char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        log_error("failed to map an output buffer of %zu bytes", size);
        return NULL;
    }
    return pages;
}

static void block_unmap(Emitter *emitter, char *block, size_t size) {
    if (emitter->unmap) {
        munmap(block, size);
    } else {
        memset(block, EMITTER_POISON, size); /* and keep it until the next one */
    }
}

/*
 * Delivers copies of the results, one for each member, and of their texts with the given lengths.
 */
static Verdict deliver_all(Emitter *emitter, LLMCallState state, const RKLLMResult *results,
                           const size_t *lengths) {
    size_t size = emitter->stream_count * sizeof *results;
    for (size_t i = 0; lengths != NULL && i < emitter->stream_count; i++) {
        size += lengths[i] + 1;
    }
    char *block = emitter->silent ? NULL : block_map(emitter, size);
    if (block == NULL) {
        return VERDICT_GO_ON;
    }
    RKLLMResult *copies = (RKLLMResult *)(void *)block;
    char *text = block + emitter->stream_count * sizeof *results;
    for (size_t i = 0; i < emitter->stream_count; i++) {
        copies[i] = results[i];
        if (lengths != NULL && results[i].text != NULL) {
            memcpy(text, results[i].text, lengths[i]);
            text[lengths[i]] = '\0';
            copies[i].text = text;
            text += lengths[i] + 1;
        }
    }
    int verdict = call(emitter, copies, state);
    block_unmap(emitter, block, size);
    return judge(emitter, verdict);
}

/* ---- tokens ---- */

/* The part of a piece that a callback receives. */
typedef struct Shown {
    LLMCallState state;
    const char *text;
    size_t length;
} Shown;

static void feed(Utf8State *state, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        utf8_feed(state, (unsigned char)bytes[i]);
    }
}

/* Withholds the bytes until their character is complete. */
static Shown hold(Stream *stream, const Piece *piece, bool inside) {
    bytes_append(&stream->held, piece->bytes, piece->length);
    if (inside) {
        return (Shown){RKLLM_RUN_WAITING, stream->split == SPLIT_HOLD_EMPTY ? "" : NULL, 0};
    }
    return (Shown){RKLLM_RUN_NORMAL, bytes_text(&stream->held), stream->held.length};
}

static Shown show(Stream *stream, const Piece *piece) {
    if (piece->bytes == NULL) {
        return (Shown){RKLLM_RUN_NORMAL, NULL, 0};
    }
    feed(&stream->utf8, piece->bytes, piece->length);
    bool inside = stream->utf8.missing > 0;
    bool holds = stream->split == SPLIT_HOLD_EMPTY || stream->split == SPLIT_HOLD_NULL;
    if (holds && (inside || stream->held.length > 0)) {
        return hold(stream, piece, inside && !piece->last);
    }
    bool waits = inside && stream->split == SPLIT_PARTIAL;
    return (Shown){waits ? RKLLM_RUN_WAITING : RKLLM_RUN_NORMAL, piece->bytes, piece->length};
}

/* Called after delivery, to discard delivered bytes. */
static void let_go(Stream *stream, const Shown *shown) {
    if (stream->held.length > 0 && shown->text == stream->held.data) {
        bytes_clear(&stream->held);
    }
}

Verdict emitter_token(Emitter *emitter, const Piece *piece) {
    Stream *stream = emitter->streams;
    Shown shown = show(stream, piece);
    Verdict verdict =
        deliver(emitter, shown.state, piece->id, shown.text, shown.length, NULL);
    let_go(stream, &shown);
    return verdict;
}

Verdict emitter_tokens(Emitter *emitter, const Piece *pieces) {
    size_t count = emitter->stream_count;
    RKLLMResult *results = sim_alloc(count * sizeof *results);
    size_t *lengths = sim_alloc(count * sizeof *lengths);
    Shown *shown = sim_alloc(count * sizeof *shown);
    for (size_t i = 0; i < count; i++) {
        results[i].token_id = pieces[i].id < 0 ? -1 : pieces[i].id;
        if (pieces[i].id >= 0) {
            shown[i] = show(&emitter->streams[i], &pieces[i]);
            /* All members share one state; a waiting member sends nothing. */
            bool waits = shown[i].state == RKLLM_RUN_WAITING && shown[i].text == NULL;
            results[i].text = waits ? "" : shown[i].text;
            lengths[i] = shown[i].length;
        }
    }
    Verdict verdict = deliver_all(emitter, RKLLM_RUN_NORMAL, results, lengths);
    for (size_t i = 0; i < count; i++) {
        let_go(&emitter->streams[i], &shown[i]);
    }
    sim_free(results);
    sim_free(lengths);
    sim_free(shown);
    return verdict;
}

/* ---- the rest ---- */

Verdict emitter_outputs(Emitter *emitter, const RKLLMResult *results) {
    return deliver_all(emitter, RKLLM_RUN_NORMAL, results, NULL);
}

/* Delivers the same result for each member. */
static void deliver_to_all(Emitter *emitter, LLMCallState state, const char *text,
                           const RKLLMPerfStat *perf) {
    size_t count = emitter->stream_count;
    size_t length = text == NULL ? 0 : strlen(text);
    if (count == 1) {
        deliver(emitter, state, -1, text, length, perf);
        return;
    }
    RKLLMResult *results = sim_alloc(count * sizeof *results);
    size_t *lengths = sim_alloc(count * sizeof *lengths);
    for (size_t i = 0; i < count; i++) {
        fill(&results[i], -1, perf);
        results[i].text = text;
        lengths[i] = length;
    }
    deliver_all(emitter, state, results, lengths);
    sim_free(results);
    sim_free(lengths);
}

void emitter_finish(Emitter *emitter, const RKLLMPerfStat *perf, bool empty_text) {
    deliver_to_all(emitter, RKLLM_RUN_FINISH, empty_text ? "" : NULL, perf);
}

void emitter_error(Emitter *emitter, ErrorForm form, const char *message) {
    if (form != ERROR_NULL_RESULT) {
        deliver_to_all(emitter, RKLLM_RUN_ERROR, form == ERROR_NULL_TEXT ? NULL : message, NULL);
    } else if (!emitter->silent) {
        judge(emitter, emitter->callback(NULL, emitter->userdata, RKLLM_RUN_ERROR));
    }
}
