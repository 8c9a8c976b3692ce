/*
 * Counts what this library has done in this process and which resources are live. If a model file
 * says "ledger: PATH", one line is appended to that file at each destroy and failed init.
 */
#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

void ledger_count_misuse(void);
void ledger_count_run(void);
void ledger_count_abort(void);
void ledger_count_tokens(long count);
void ledger_count_handles(int change);
/*
 * Appends one line. If the path cannot be written, this is reported on stderr. NULL has no effect.
 */
void ledger_write(const char *path);

#endif
