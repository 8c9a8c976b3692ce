/*
 * A simulated model: what its file says. Read once at init, not changed afterwards; owned by the
 * handle. docs/simulator-models.md describes the file format.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "container.h"
#include "memory.h"
#include "pattern.h"
#include "text.h"

#define MODEL_MAGIC "RKLLM-SIMULATOR-MODEL 1"

/* How a reply is cut into tokens. */
typedef enum CutMode {
    CUT_TOKENS, /* by the tokenizer */
    CUT_BYTES,  /* every cut_size bytes */
    CUT_CHARS,  /* every character */
    CUT_WORDS,  /* before every space */
    CUT_BARS    /* where the text has a | */
} CutMode;

/* How bytes are delivered that end inside a character. */
typedef enum SplitMode {
    SPLIT_PARTIAL,    /* WAITING with the bytes there are */
    SPLIT_HOLD_NULL,  /* WAITING with NULL, the whole character at the next NORMAL */
    SPLIT_HOLD_EMPTY, /* WAITING with "", the whole character at the next NORMAL */
    SPLIT_NORMAL      /* NORMAL with the bytes there are, as some releases did */
} SplitMode;

typedef enum ErrorForm { ERROR_MESSAGE, ERROR_NULL_TEXT, ERROR_NULL_RESULT } ErrorForm;

/* What is wrong with the figures that come with FINISH. */
typedef enum FiguresFault {
    FIGURES_TRUE,
    FIGURES_NEGATIVE, /* all of them */
    FIGURES_NAN,      /* times and memory */
    FIGURES_INFINITE, /* times and memory */
    FIGURES_HUGE      /* counts beyond any context */
} FiguresFault;

enum { NEVER = -1, FOREVER = -1 };

/* What goes wrong on purpose. Positions count delivered tokens; NEVER switches a fault off. */
typedef struct Faults {
    bool has_run_code;
    int run_code;          /* run does nothing and returns this */
    bool has_return_code;
    int return_code;       /* run works and returns this */
    int64_t error_at;      /* ERROR after that many tokens */
    ErrorForm error_form;
    int64_t hang_at;       /* hangs after that many tokens */
    int64_t hang_ms;       /* for that long, or FOREVER */
    bool hang_in_prefill;
    int64_t prefill_hang_ms;
    int64_t crash_at;      /* a segmentation fault after that many tokens */
    int64_t abort_at;      /* the process is aborted after that many tokens */
    int64_t null_text_at;  /* that token comes with a NULL text */
    bool null_texts;       /* all tokens do */
    bool empty_texts;      /* all tokens come with "" */
    bool no_finish;
    bool silent;           /* no callback at all */
    bool no_tokens;        /* FINISH comes alone */
    FiguresFault figures;
    int64_t two_threads_at; /* from that token on a second thread calls back as well */
    bool ignore_abort;
    bool lose_early_abort; /* an abort that comes before the first token is lost */
    /* The rest is about the handle and cannot be set by a rule. */
    bool has_init_code;
    int init_code;
    bool init_null;        /* init returns 0 and leaves the handle NULL */
    bool crash_in_init;
    bool has_destroy_code;
    int destroy_code;
    bool npu_memory_crash; /* a model that does not fit is a segmentation fault */
    bool async_no_callbacks; /* the three of old releases' asynchronous runs */
    bool async_hang;
    bool async_empty_text;
    bool has_async_code;
    int async_code;        /* what the call that starts an asynchronous run returns */
    bool async_code_runs;  /* the run takes place nevertheless */
    int64_t late_callback_ms; /* a callback comes that long after destroy */
    bool prompt_cache_crash; /* loading one right after an aborted run is a segmentation fault */
    bool join_at_exit;     /* a static destructor joins the thread that made the callbacks */
} Faults;

typedef enum PartKind { PART_SAY, PART_THINK, PART_TOOL, PART_REPEAT, PART_GENERATE } PartKind;

/* One piece of a reply, in the order of the file. */
typedef struct Part {
    PartKind kind;
    Text text;  /* of PART_TOOL: the arguments */
    Text count; /* of PART_REPEAT and PART_GENERATE */
    Text name;  /* of PART_TOOL: the function */
} Part;

typedef enum Needed { EITHER_WAY, NEEDED, NOT_WANTED } Needed;

typedef struct Rule {
    int line; /* of its first "when:" */
    PatternList patterns;
    bool for_tool_result; /* answers a turn of role "tool" */
    Needed tools;
    Needed thinking;
    Needed history;
    Needed encoder;
    Needed images;
    Needed videos;
    Needed audios;
    Needed lora;
    char *lora_name; /* of the adapter that is needed; NULL: any */
    PatternList system_patterns; /* empty: any system prompt */
    Part *parts;
    size_t part_count;
    size_t part_capacity;
    bool has_otherwise;
    Text otherwise; /* said when a placeholder has no value */
    bool has_resume;
    Text resume; /* said when a paused run goes on from something else than the reply */
    bool thinks; /* also when nobody asks */
    CutMode cut;
    int cut_size;
    SplitMode split;
    Faults faults;
    double decode_ms;
    double prefill_ms;
    double prefill_ms_per_token;
} Rule;

/* Texts around the turns of a conversation; {text} is where the turn's text goes. */
typedef struct Template {
    Text system;
    Text user;
    Text tool;
    Text assistant;    /* what the reply is written after */
    Text turn_end;     /* what ends a reply before the next turn */
    Text think;        /* added to assistant when thinking is enabled */
    Text no_think;     /* added to assistant when it is not */
    Text think_suffix; /* added to the user's text when thinking is enabled */
    Text tools;        /* the system text when there are tools: {system} and {tools} */
} Template;

typedef struct TextList {
    char **items;
    size_t count;
    size_t capacity;
} TextList;

/* What a picture shows whose floats have this mean. */
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
    char *platform; /* what the model was converted for */
    char *board;    /* what this simulated board is; NULL: the right one */
    char *dtype;
    char *driver;
    char *ledger; /* NULL: none; likewise the next */
    char *times;
    int npu_cores;
    int context_limit;
    double load_ms;
    double unload_ms;
    double memory_mb; /* 0: the real one of the process */
    char *system_prompt;
    bool has_template;
    bool template_unreadable; /* it has one that init cannot read: it is without */
    Template template;
    bool finish_text_empty;
    bool hides_stop_token;      /* the end of sequence makes no callback */
    bool counts_first_token;    /* the figures count it like any other */
    bool sends_half_characters; /* also when a limit ends a run inside a character */
    bool unmap_buffers;
    bool abort_spoils; /* what an aborted run leaves in the KV cache has to be cleared */
    bool abort_stays; /* an abort with no run in flight ends the next run */
    int npu_memory_mb; /* what it takes of its domain */
    bool silent_overflow; /* a prompt that is too long makes no callback */
    bool shifts;       /* a full context loses its older half, and generation goes on */
    bool no_tokenizer; /* the caller's is used (1.3), likewise the next */
    bool no_embedding;
    bool finish_in_modes; /* FINISH also comes after logits and hidden states (1.3) */
    int vocab;   /* ids the model has; 0: as many as its texts need */
    int embd;    /* floats of an embedding */
    int layers;  /* with the next two: the shape of what cross-attention reads */
    int kv_heads;
    int head_dim;
    TextList encoder_words;
    Seen *seen;
    size_t seen_count;
    size_t seen_capacity;
    int numbers; /* the numbers below it are vocabulary */
    char *turn_start;
    char *end_of_turn;
    TextList user_markers;
    TextList assistant_markers;
    TextList system_markers;
    TextList tool_markers;
    TextList pieces; /* vocabulary the file asks for */
    Rule defaults;   /* what rules inherit: cut, split, speeds, faults */
    Rule *rules;
    size_t rule_count;
    size_t rule_capacity;
} Model;

/*
 * Reads a model file. On failure returns NULL after an error line that says which line of the file
 * is wrong and why. NULL path: misuse, checked by the caller.
 */
Model *model_read(const char *path);
void model_free(Model *model);

/* Faults that are all switched off. */
Faults model_no_faults(void);

void text_list_add(TextList *list, const char *text);

#endif
