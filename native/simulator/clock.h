/* Monotonic time and sleeping, in milliseconds unless a name says otherwise. */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include <stdint.h>

double clock_now_ms(void);
int64_t clock_now_ns(void);
/* Sleeps until the given time. Returns immediately if it has passed. */
void clock_sleep_until(double time_ms);
void clock_sleep(double ms);
/* Never returns. */
_Noreturn void clock_sleep_forever(void);

#endif
