/*
 * The books of this library in this process: what was done and what is still live. A model file
 * that says "ledger: PATH" has one line appended to that file at each destroy and failed init.
 */
#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

void ledger_count_misuse(void);
void ledger_count_run(void);
void ledger_count_abort(void);
void ledger_count_tokens(long count);
void ledger_count_handles(int change);
/* Appends one line; a path that cannot be written is reported on stderr. NULL does nothing. */
void ledger_write(const char *path);

#endif
