#include "clock.h"

#include <errno.h>
#include <time.h>

double clock_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int64_t clock_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void clock_sleep_until(double time_ms) {
    struct timespec time;
    time.tv_sec = (time_t)(time_ms / 1e3);
    time.tv_nsec = (long)((time_ms - (double)time.tv_sec * 1e3) * 1e6);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {
    }
}

void clock_sleep(double ms) {
    if (ms > 0) {
        clock_sleep_until(clock_now_ms() + ms);
    }
}

_Noreturn void clock_sleep_forever(void) {
    for (;;) {
        clock_sleep(3600e3);
    }
}
