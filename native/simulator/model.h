/*
 * A simulated model, read from its file at init and not changed afterwards. Owned by the handle.
 * docs/simulator-models.md describes the file format.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "container.h"
#include "ending.h"
#include "memory.h"
#include "pattern.h"
#include "text.h"

#define MODEL_MAGIC "RKLLM-SIMULATOR-MODEL 1"

/* The way in which a reply is divided into tokens. */
typedef enum CutMode {
    CUT_TOKENS, /* with the tokenizer */
    CUT_BYTES,  /* every cut_size bytes */
    CUT_CHARS,  /* every character */
    CUT_WORDS,  /* before every space */
    CUT_BARS    /* at each | of the text */
} CutMode;

/* The way in which bytes are delivered that end inside a character. */
typedef enum SplitMode {
    SPLIT_PARTIAL,    /* WAITING with the available bytes */
    SPLIT_HOLD_NULL,  /* WAITING with NULL, the complete character at the next NORMAL */
    SPLIT_HOLD_EMPTY, /* WAITING with "", the complete character at the next NORMAL */
    SPLIT_NORMAL      /* NORMAL with the available bytes, as in some releases */
} SplitMode;

typedef enum ErrorForm { ERROR_MESSAGE, ERROR_NULL_TEXT, ERROR_NULL_RESULT } ErrorForm;

/* Invalid measurements reported with FINISH. */
typedef enum FiguresFault {
    FIGURES_TRUE,
    FIGURES_NEGATIVE, /* all values negative */
    FIGURES_NAN,      /* times and memory are NaN */
    FIGURES_INFINITE, /* times and memory are infinite */
    FIGURES_HUGE      /* token counts larger than any context */
} FiguresFault;

enum { NEVER = -1, FOREVER = -1 };

/* The functions in which a fault can be requested, by their names without rkllm_. */
typedef enum Call {
    CALL_INIT, /* once the model file has been read */
    CALL_DESTROY,
    CALL_RUN,
    CALL_RUN_ASYNC,
    CALL_ABORT,
    CALL_IS_RUNNING,
    CALL_CLEAR_KV_CACHE,
    CALL_GET_KV_CACHE_SIZE,
    CALL_LOAD_LORA,
    CALL_LOAD_PROMPT_CACHE,
    CALL_RELEASE_PROMPT_CACHE,
    CALL_SET_CHAT_TEMPLATE,
    CALL_SET_FUNCTION_TOOLS,
    CALL_SET_CROSS_ATTN_PARAMS,
    CALL_COUNT
} Call;

/* Intentional faults. Positions are numbers of delivered tokens; NEVER disables a fault. */
typedef struct Faults {
    bool has_run_code;
    int run_code;          /* run does nothing and returns this code */
    bool has_return_code;
    int return_code;       /* run works and returns this code */
    int64_t error_at;      /* ERROR after this many tokens */
    ErrorForm error_form;
    int64_t hang_at;       /* hangs after this many tokens */
    int64_t hang_ms;       /* duration of the hang, or FOREVER */
    bool hang_in_prefill;
    int64_t prefill_hang_ms;
    Ending ending;         /* of the process, after ending_at tokens */
    int64_t ending_at;
    int64_t null_text_at;  /* this token has a NULL text */
    bool null_texts;       /* all tokens have a NULL text */
    bool empty_texts;      /* all tokens have an empty text */
    bool no_finish;
    bool silent;           /* no callbacks */
    bool no_tokens;        /* only FINISH */
    FiguresFault figures;
    int64_t two_threads_at; /* from this token on, a second thread calls back as well */
    bool ignore_abort;
    bool lose_early_abort; /* an abort before the first token is lost */
    /* The following faults apply to the handle and cannot be set by a rule. */
    bool has_init_code;
    int init_code;
    bool init_null;        /* init returns 0 but leaves the handle NULL */
    Ending in_call[CALL_COUNT]; /* what each function does before anything else */
    bool has_destroy_code;
    int destroy_code;
    bool npu_memory_crash; /* segmentation fault if a model does not fit into NPU memory */
    bool async_no_callbacks; /* the three failures of asynchronous runs in old releases */
    bool async_hang;
    bool async_empty_text;
    bool has_async_code;
    int async_code;        /* return code of the call that starts an asynchronous run */
    bool async_code_runs;  /* the run nevertheless takes place */
    int64_t late_callback_ms; /* milliseconds between destroy and a late callback */
    bool prompt_cache_crash; /* loading one right after an aborted run is a segmentation fault */
    bool join_at_exit;     /* a static destructor joins the thread that made the callbacks */
} Faults;

typedef enum PartKind { PART_SAY, PART_THINK, PART_TOOL, PART_REPEAT, PART_GENERATE } PartKind;

/* A part of a reply, in the order of the file. */
typedef struct Part {
    PartKind kind;
    Text text;  /* of PART_TOOL: the arguments */
    Text count; /* of PART_REPEAT and PART_GENERATE */
    Text name;  /* of PART_TOOL: the function */
} Part;

typedef enum Needed { EITHER_WAY, NEEDED, NOT_WANTED } Needed;

typedef struct Rule {
    int line; /* line of its first "when:" */
    PatternList patterns;
    bool for_tool_result; /* answers a turn with the role "tool" */
    Needed tools;
    Needed thinking;
    Needed history;
    Needed encoder;
    Needed images;
    Needed videos;
    Needed audios;
    Needed lora;
    char *lora_name; /* name of the required adapter, or NULL */
    PatternList system_patterns; /* if empty, any system prompt matches */
    Part *parts;
    size_t part_count;
    size_t part_capacity;
    bool has_otherwise;
    Text otherwise; /* used if a placeholder has no value */
    bool has_resume;
    Text resume; /* used if a resumed run continues something other than the reply */
    bool thinks; /* thinks even if this is not requested */
    CutMode cut;
    int cut_size;
    SplitMode split;
    Faults faults;
    double decode_ms;
    double prefill_ms;
    double prefill_ms_per_token;
} Rule;

/* The texts around the turns of a conversation; {text} stands for the turn's text. */
typedef struct Template {
    Text system;
    Text user;
    Text tool;
    Text assistant;    /* precedes the reply */
    Text turn_end;     /* ends a reply before the next turn */
    Text think;        /* added to assistant if thinking is enabled */
    Text no_think;     /* added to assistant if it is disabled */
    Text think_suffix; /* added to the user's text if thinking is enabled */
    Text tools;        /* the system text if there are tools, with {system} and {tools} */
} Template;

typedef struct TextList {
    char **items;
    size_t count;
    size_t capacity;
} TextList;

/* The subject of pictures whose floats have this mean. */
typedef struct Seen {
    char *name;
    double mean;
} Seen;

#define SEEN_TOLERANCE 0.01

typedef struct Model {
    char *name;
    char *path;
    uint64_t hash; /* of the script, and of the vocabulary in the file */
    TokenTable tokens; /* the vocabulary in the file; none in files that are a script alone */
    char *toolkit;
    char *platform; /* platform that the model was converted for */
    char *board;    /* simulated platform; NULL if it is the same */
    char *dtype;
    char *driver;
    char *ledger; /* NULL for none, as below */
    char *times;
    int npu_cores;
    int context_limit;
    double load_ms;
    double unload_ms;
    double memory_mb; /* 0 for the actual memory of the process */
    char *system_prompt;
    bool has_template;
    bool template_unreadable; /* the model has a template, but init cannot read it */
    Template template;
    bool finish_text_empty;
    bool hides_stop_token;      /* the end of the sequence causes no callback */
    bool counts_first_token;    /* the measurements count the first token */
    bool sends_half_characters; /* even if a limit ends a run inside a character */
    bool unmap_buffers;
    bool abort_spoils; /* the KV cache must be cleared after an aborted run */
    bool abort_stays; /* an abort without a run in progress ends the next run */
    int npu_memory_mb; /* memory that the model occupies in its base domain */
    bool silent_overflow; /* a prompt that is too long causes no callback */
    bool shifts;       /* a full context drops its older half, and generation continues */
    bool no_tokenizer; /* the caller's tokenizer is used (1.3), as below */
    bool no_embedding;
    bool finish_in_modes; /* FINISH is also sent after logits and hidden states (1.3) */
    int vocab;   /* vocabulary size; 0 for as many ids as the texts need */
    int embd;    /* embedding width */
    int layers;  /* together with the next two, the shape of the cross-attention data */
    int kv_heads;
    int head_dim;
    TextList encoder_words;
    Seen *seen;
    size_t seen_count;
    size_t seen_capacity;
    int numbers; /* the numbers below this are in the vocabulary */
    char *turn_start;
    char *end_of_turn;
    TextList user_markers;
    TextList assistant_markers;
    TextList system_markers;
    TextList tool_markers;
    TextList pieces; /* additional vocabulary from the file */
    Rule defaults;   /* defaults of rules: cut, split, speeds, faults */
    Rule *rules;
    size_t rule_count;
    size_t rule_capacity;
} Model;

/*
 * Reads a model file. Returns NULL after an error line with the number of the invalid line and the
 * reason. The caller checks for a NULL path, which is misuse.
 */
Model *model_read(const char *path);
void model_free(Model *model);

/* Returns faults that are all disabled. */
Faults model_no_faults(void);

void text_list_add(TextList *list, const char *text);

#endif
