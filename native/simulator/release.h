/* The differences between the simulated releases, besides the layouts of their headers. */
#ifndef SIM_RELEASE_H
#define SIM_RELEASE_H

#if RKLLM_ABI == 12
#define RELEASE_VERSION "1.2.3"
#define RELEASE_RUNNING 0 /* return value of rkllm_is_running during a run */
#define RELEASE_IDLE 1
#define RELEASE_MAX_VERDICT 1 /* highest valid return value of a callback */
#define RELEASE_HAS_VIDEO 0
#define RELEASE_HAS_AUDIO 0
#define RELEASE_HAS_PROCESSORS 0 /* tokenizer and embedding callbacks */
#define RELEASE_FINISH_IN_MODES 0 /* whether FINISH can follow logits and hidden states */
#define RELEASE_SILENT_OVERFLOW 0 /* a prompt that is too long causes no callback */
#define RELEASE_LOADS_AFTER_ABORT 0 /* a prompt cache, without clearing first */
#elif RKLLM_ABI == 13 || RKLLM_ABI == 131
#if RKLLM_ABI == 13
#define RELEASE_VERSION "1.3.0"
#define RELEASE_HAS_AUDIO 0
#define RELEASE_SILENT_OVERFLOW 0
#else
#define RELEASE_VERSION "1.3.1"
#define RELEASE_HAS_AUDIO 1
#define RELEASE_SILENT_OVERFLOW 1
#endif
#define RELEASE_RUNNING 1
#define RELEASE_IDLE 0
#define RELEASE_MAX_VERDICT 2
#define RELEASE_HAS_VIDEO 1
#define RELEASE_HAS_PROCESSORS 1
#define RELEASE_FINISH_IN_MODES 1
#define RELEASE_LOADS_AFTER_ABORT 1
#else
#error "compile with -DRKLLM_ABI=12, 13 or 131"
#endif

#endif
