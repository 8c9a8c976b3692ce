/* start LIBRARY MODEL PROMPT: a line when the first token came, then the peak of its memory. */
#include "runtime.h"

static void print_peak(void) {
    char line[128];
    long kilobytes = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        sscanf(line, "VmHWM: %ld", &kilobytes);
    }
    if (status != NULL) {
        fclose(status);
    }
    printf("@ %ld\n", kilobytes);
}

static int first(RKLLMResult *result, void *userdata, LLMCallState state) {
    (void)userdata;
    if (state == RKLLM_RUN_NORMAL) {
        printf("@ %zu\n", strlen(result->text));
        fflush(stdout);
        print_peak();
    }
    return 0;
}

int main(int count, char **arguments) {
    if (count != 4) {
        return 2;
    }
    Runtime runtime = load(arguments[1], arguments[2], first);
    generate(&runtime, arguments[3]);
    return 0;
}
