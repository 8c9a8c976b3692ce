/* Model files: errors are reported with a line number, and no content causes a crash. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static void wrong(const char *lines, const char *message) {
    LLMHandle handle = NULL;
    RKLLMParam param = params_for(model_file(lines));
    CHECK_INT(init(&handle, &param), -1);
    CHECK_HAS(logged(), "E rkllm: model file ");
    CHECK_HAS(logged(), message);
}

static void mistakes_are_named(void) {
    wrong("sayy: x\n", " line 2: unknown directive 'sayy'\n");
    wrong("\n\nhello\n", " line 4: expected 'directive: value'\n");
    wrong("say: x\n", " line 2: 'say' belongs to a rule: write 'when:' first\n");
    wrong("when: x\nplatform: RK3588\n", " line 3: unknown directive 'platform' in a rule\n");
    wrong("when: x\nload-ms: 3\n", " line 3: 'load-ms' must come before the first rule\n");
    wrong("context-limit: 100\n", " line 2: the context limit must be a multiple of 32\n");
    wrong("context-limit: many\n", "'many' is not a whole number from 32 to 16384\n");
    wrong("decode-ms: -1\n", "'-1' is not a number from 0 to ");
    wrong("decode-ms: nan\n", "'nan' is not a number from 0 to ");
    wrong("when: {a\n", "a capture is not closed");
    wrong("when: (a|b\n", "a group ( is not closed");
    wrong("when: a|b)\n", "a group ) is not opened");
    wrong("when: (a(b|c))\n", "groups do not nest");
    wrong("when: {9}\n", "a capture needs a name");
    wrong("when: {a:float}\n", "captures are {name}, {name:word}, {name:capital} and");
    wrong("when: x\nsay: \\q\n", " line 3: unknown escape \\q\n");
    wrong("when: x\nsay: \\xZZ\n", "\\x needs two hexadecimal digits");
    wrong("when: x\nsay: \\x00\n", "\\x00 is not possible");
    wrong("when: x\nsay: \\u{D800}\n", "\\u must not be a surrogate");
    wrong("when: x\nrepeat: many x\n", "'many' is not a whole number");
    wrong("when: x\nrepeat: 3\n", "needs a count and a text");
    wrong("when: x\nneeds: luck\n", "needs: must be tools, ");
    wrong("when: x\ncut: slices\n", "'slices' is not one of tokens, bytes, chars, words, bars\n");
    wrong("split: odd\n", "'odd' is not one of partial, hold-null, hold-empty, normal\n");
    wrong("fault: figures odd\n",
          "'odd' is not one of true, negative, nan, infinite, huge\n");
    wrong("fault: async-code 1 walks\n", "the code can be followed by 'runs', not by 'walks'\n");
    wrong("fault: meteor\n", "unknown fault 'meteor'\n");
    wrong("fault: error-at 1 message and more\n",
          "a fault consists of a name and at most three values");
    wrong("fault: error-at\n", "fault error-at needs a number\n");
    wrong("fault: error-at 1 loud\n", "an error is message, null-text or null-result");
    wrong("when: x\nfault: init-null\n", "fault init-null must come before the first rule\n");
    wrong("piece: \"\"\n", "needs a text");
}

static void capital_words_are_told_from_others(void) {
    LLMHandle handle = open_model("when: i am {name:capital}\nsay: Hello {name}\n"
                                  "when: *\nsay: no\n");
    CHECK_TEXT(answer(handle, "I am Bob."), "Hello Bob");
    CHECK_TEXT(answer(handle, "I am Émile"), "Hello Émile");
    CHECK_TEXT(answer(handle, "I am tired"), "no");
    close_model(handle);
}

static void texts_are_read_as_written(void) {
    LLMHandle handle = open_model("# a comment\r\n"
                                  "  when: A  \n  say: one\n  say:   two  \n"
                                  "when: b\nsay: \"  spaced  \"\n"
                                  "when: c\nsay: \\u{1F600}\\t{not a name} {} \\{prompt\\}\n"
                                  "when: d\nsay:\n"
                                  "when: e\n");
    CHECK_TEXT(answer(handle, "a"), "one\ntwo");
    CHECK_TEXT(answer(handle, "b"), "  spaced  ");
    CHECK_TEXT(answer(handle, "c"), "😀\t{not a name} {} {prompt}");
    CHECK_TEXT(answer(handle, "d"), "");
    CHECK_INT((long)recorder.finish, 1);
    CHECK_TEXT(answer(handle, "e"), "");
    close_model(handle);
}

static void byte_order_mark_is_skipped(void) {
    static const char file[] = "\xEF\xBB\xBFRKLLM-SIMULATOR-MODEL 1\r\nwhen: *\r\nsay: x\r\n";
    const char *path = temp_path("marked.rkllm");
    write_file(path, file, sizeof file - 1);
    LLMHandle handle = NULL;
    RKLLMParam param = params_for(path);
    CHECK_INT(init(&handle, &param), 0);
    CHECK_TEXT(answer(handle, "x"), "x");
    close_model(handle);
}

static size_t load_text(const char *path, char *out, size_t size) {
    FILE *file = fopen(path, "rb");
    size_t length = fread(out, 1, size, file);
    fclose(file);
    return length;
}

/* Loads a possibly invalid model and runs it. */
static bool survive(const char *path) {
    static const char *const prompts[] = {"my name is Ada", "what is my name", "count to 3",
                                          "think about x", "weather in Rome", "emoji"};
    LLMHandle handle = NULL;
    RKLLMParam param = params_for(path);
    param.max_context_len = 512;
    param.max_new_tokens = 40;
    if (init(&handle, &param) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
        ask_with(handle, prompts[i], i % 2 == 0 ? "user" : "tool", i % 3 == 0, i % 4 != 0);
    }
    rkllm_destroy(handle);
    return true;
}

/* Returns the demonstration model without the parts that only slow down loading and answering. */
static size_t base_model(char *text, size_t size) {
    size_t length = load_text(demo_model, text, size - 1);
    text[length] = '\0';
    size_t kept = 0;
    for (char *line = text, *end; line < text + length; line = end) {
        end = strchr(line, '\n') == NULL ? text + length : strchr(line, '\n') + 1;
        size_t start = strcspn(line, ":\n");
        bool slow = (start > 3 && memcmp(line + start - 3, "-ms", 3) == 0) ||
                    strncmp(line, "numbers:", 8) == 0;
        if (!slow) {
            memmove(text + kept, line, (size_t)(end - line));
            kept += (size_t)(end - line);
        }
    }
    return kept;
}

static void truncated_models_do_not_crash(void) {
    static char text[1 << 16];
    size_t length = base_model(text, sizeof text);
    const char *path = temp_path("cut.rkllm");
    int loaded = 0;
    for (size_t size = 0; size < length; size += 199) {
        write_file(path, text, size);
        loaded += survive(path);
    }
    CHECK(loaded > 10);
}

static void mutated_models_do_not_crash(void) {
    static char text[1 << 16];
    static char mutant[1 << 16];
    static const char nasty[] = "{}()|\\*:\"#\n\n\r\t \xFF\xE4xu0";
    size_t length = base_model(text, sizeof text);
    const char *path = temp_path("mutant.rkllm");
    int loaded = 0;
    srand(42);
    for (int round = 0; round < 1000; round++) {
        memcpy(mutant, text, length);
        size_t size = length;
        int changes = 1 + rand() % 6;
        for (int i = 0; i < changes; i++) {
            size_t at = 24 + (size_t)rand() % (size - 200);
            size_t run = 1 + (size_t)rand() % 100;
            switch (rand() % 4) {
            case 0: /* an unusual character */
                mutant[at] = nasty[(size_t)rand() % (sizeof nasty - 1)];
                break;
            case 1: /* any byte */
                mutant[at] = (char)(rand() % 256);
                break;
            case 2: /* a missing part */
                memmove(mutant + at, mutant + at + run, size - at - run);
                size -= run;
                break;
            default: /* a duplicated part */
                memmove(mutant + at + run, mutant + at, size - at - run);
                break;
            }
        }
        write_file(path, mutant, size);
        loaded += survive(path);
    }
    CHECK(loaded > 100);
    CHECK(loaded < 1000);
}

static void binary_garbage_is_refused(void) {
    static char garbage[4096];
    const char *path = temp_path("garbage.rkllm");
    srand(7);
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof garbage; i++) {
            garbage[i] = (char)rand();
        }
        if (round % 2 == 0) {
            memcpy(garbage, "RKLLM-SIMULATOR-MODEL 1\n", 24);
        }
        write_file(path, garbage, sizeof garbage);
        CHECK(!survive(path));
    }
}

TESTS(model_file, {"mistakes are named", mistakes_are_named, false},
      {"texts are read as written", texts_are_read_as_written, false},
      {"capital words are told from others", capital_words_are_told_from_others, false},
      {"byte order mark is skipped", byte_order_mark_is_skipped, false},
      {"truncated models do not crash", truncated_models_do_not_crash, false},
      {"mutated models do not crash", mutated_models_do_not_crash, false},
      {"binary garbage is refused", binary_garbage_is_refused, false})
