/* Ways in which native code ends or blocks its process, on purpose. */
#ifndef SIM_ENDING_H
#define SIM_ENDING_H

#include <stdbool.h>

typedef enum Ending {
    NO_ENDING,
    ENDING_SIGSEGV,
    ENDING_SIGABRT, /* with a line on stderr, like a failed assertion */
    ENDING_SIGBUS,
    ENDING_SIGKILL,
    ENDING_EXIT,      /* exit(3) */
    ENDING_QUICK_EXIT, /* _exit(0) */
    ENDING_MEMORY,    /* no memory can be allocated any more, which ends the process */
    ENDING_HANG       /* does not end the process, but never returns */
} Ending;

/* Finds an ending by its name in model files. Returns false if there is none. */
bool ending_find(const char *name, Ending *out);

/* Performs an ending on this thread. Does nothing for NO_ENDING. */
void ending_perform(Ending ending);

#endif
