/* The individual parts of the simulator. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "json.h"
#include "kv_cache.h"
#include "logits.h"
#include "model.h"
#include "pattern.h"
#include "sampler.h"
#include "tokenizer.h"
#include "utf8.h"

static bool matches(const char *pattern, const char *text, const char *name, const char *value) {
    PatternList list = {0};
    Bytes problem = {0};
    Message message;
    bool matched = false;
    message_prepare(&message, text, strlen(text));
    CHECK(pattern_parse(pattern, &list, &problem));
    for (size_t i = 0; i < list.count && !matched; i++) {
        Captures captures;
        matched = pattern_matches(&list.patterns[i], &message, &captures);
        for (size_t j = 0; matched && j < captures.count; j++) {
            const Capture *capture = &captures.items[j];
            if (name != NULL && strcmp(capture->name, name) == 0) {
                matched = strlen(value) == capture->length &&
                          memcmp(message.plain.data + capture->start, value, capture->length) == 0;
            }
        }
    }
    message_free(&message);
    pattern_list_free(&list);
    bytes_free(&problem);
    return matched;
}

static void patterns_match_wording(void) {
    CHECK(matches("what are you", "What are you?", NULL, NULL));
    CHECK(matches("What are you?", "  what   ARE\tyou ", NULL, NULL));
    CHECK(!matches("what are you", "what are you doing", NULL, NULL));
    CHECK(matches("what are you*", "what are you doing", NULL, NULL));
    CHECK(matches("*weather*", "how is the weather today", NULL, NULL));
    CHECK(matches("(hi|hello)( there|)", "Hello there!", NULL, NULL));
    CHECK(matches("(hi|hello)( there|)", "hi", NULL, NULL));
    CHECK(!matches("(hi|hello)( there|)", "hi you", NULL, NULL));
    CHECK(matches("what's up", "what’s up", NULL, NULL));
    CHECK(matches("*", "", NULL, NULL));
    CHECK(matches("a \\* b", "a * b", NULL, NULL));
    CHECK(matches("你好*", "你好！", NULL, NULL));
}

static void patterns_capture(void) {
    CHECK(matches("my name is {name}", "My name is Ada Lovelace.", "name", "Ada Lovelace"));
    CHECK(matches("*my name is {name:word}*", "Hi, my name is Ada, and you?", "name", "Ada"));
    CHECK(matches("count to {n:int}", "count to 17", "n", "17"));
    CHECK(!matches("count to {n:int}", "count to ten", NULL, NULL));
    CHECK(matches("from {a} to {b}", "from Bonn to Rome", "a", "Bonn"));
    CHECK(matches("from {a} to {b}", "from Bonn to Rome", "b", "Rome"));
    CHECK(matches("*in {city:word}*", "in the end, in Rome it is", "city", "the"));
    CHECK(!matches("{x}", "", NULL, NULL));
}

static void patterns_stay_fast_on_long_text(void) {
    Bytes text = {0};
    for (int i = 0; i < 50000; i++) {
        bytes_append_text(&text, "a b c d ");
    }
    CHECK(!matches("*a*b*c*d*a*b*c*d*e*f*z", bytes_text(&text), NULL, NULL));
    CHECK(!matches("{a} {b} {c} {d} {e} x", bytes_text(&text), NULL, NULL));
    bytes_free(&text);
}

static void utf8_knows_borders(void) {
    const char *text = "aé中😀";
    const int missing[] = {0, 1, 0, 2, 1, 0, 3, 2, 1, 0};
    Utf8State state = {0};
    for (size_t i = 0; i < strlen(text); i++) {
        utf8_feed(&state, (unsigned char)text[i]);
        CHECK_INT(state.missing, missing[i]);
    }
    utf8_feed(&state, 0xE0);
    utf8_feed(&state, 0x80); /* overlong: not a continuation */
    CHECK_INT(state.missing, 0);
    utf8_feed(&state, 0xF0);
    utf8_feed(&state, 'a');
    CHECK_INT(state.missing, 0);
    CHECK_INT((long)utf8_length("😀", 4), 4);
    CHECK_INT((long)utf8_length("😀", 3), 1);
}

static const char *found_nth(const char *json, const char *name, long which) {
    static Bytes out;
    bytes_clear(&out);
    return json_find(json, strlen(json), name, which, &out) ? bytes_text(&out) : "(none)";
}

static const char *found(const char *json, const char *name) {
    return found_nth(json, name, 1);
}

static const char *unfolded(const char *json) {
    static Bytes out;
    bytes_clear(&out);
    json_unfold(json, strlen(json), &out);
    return bytes_text(&out);
}

static void json_is_read(void) {
    CHECK_TEXT(found("[{\"a\": 25, \"b\":\"x\\\"\\u00e9\\n\"}]", "a"), "25");
    CHECK_TEXT(found("[{\"a\": 25, \"b\":\"x\\\"\\u00e9\\n\"}]", "b"), "x\"é\n");
    CHECK_TEXT(found("{\"o\": {\"k\": [1, 2]}, \"e\": true}", "o"), "{\"k\": [1, 2]}");
    CHECK_TEXT(found("{\"o\": {\"k\": [1, 2]}, \"e\": true}", "e"), "true");
    CHECK_TEXT(found("{\"o\": \"a\"}", "x"), "(none)");
    CHECK_TEXT(found("{\"o\": \"a", "o"), "");
    CHECK_TEXT(found("{\"o\"", "o"), "(none)");
    CHECK_TEXT(found_nth("[{\"o\": 1}, {\"x\": 0}, {\"o\": 2}]", "o", 2), "2");
    CHECK_TEXT(found_nth("[{\"o\": {\"o\": 1}}, {\"o\": 2}]", "o", 2), "2");
    CHECK_TEXT(found_nth("[{\"o\": 1}]", "o", 2), "(none)");
    CHECK_TEXT(unfolded("[\"{\\\"a\\\": \\\"x\\\"}\", \" [1]\", \"b\", 2"),
               "[{\"a\": \"x\"},  [1], \"b\", 2");
    CHECK_TEXT(unfolded("a \"{"), "a ");
    CHECK_TEXT(unfolded("\"a\\\"{\" \""), "\"a\\\"{\" \"");
}

/* Any bytes become tokens with the same bytes, and pieces do not overlap markers. */
static void tokenizer_is_reversible(void) {
    Model *model = model_read(demo_model);
    if (!CHECK(model != NULL)) {
        return;
    }
    Tokenizer *tokenizer = tokenizer_create(model);
    srand(1);
    for (int round = 0; round < 300; round++) {
        char text[400];
        size_t length = 0;
        while (length + 40 < sizeof text) {
            const Token *token =
                tokenizer_token(tokenizer, (int32_t)((size_t)rand() % tokenizer->count));
            if (token->length < 40) {
                memcpy(text + length, token->bytes, token->length);
                length += token->length;
            }
        }
        Tokens tokens = {0};
        Bytes back = {0};
        tokenizer_encode(tokenizer, text, length, &tokens);
        for (size_t i = 0; i < tokens.count; i++) {
            const Token *token = tokenizer_token(tokenizer, tokens.ids[i]);
            bytes_append(&back, token->bytes, token->length);
        }
        CHECK(back.length == length && memcmp(back.data, text, length) == 0);
        tokens_free(&tokens);
        bytes_free(&back);
    }
    tokenizer_free(tokenizer);
    model_free(model);
}

static void tokenizer_keeps_emoji_split(void) {
    Model *model = model_read(demo_model);
    if (!CHECK(model != NULL)) {
        return;
    }
    Tokenizer *tokenizer = tokenizer_create(model);
    Tokens tokens = {0};
    tokenizer_encode(tokenizer, "😀", 4, &tokens);
    CHECK_INT((long)tokens.count, 4);
    tokens.count = 0;
    tokenizer_encode(tokenizer, "你", 3, &tokens);
    CHECK_INT((long)tokens.count, 1);
    tokens.count = 0;
    tokenizer_encode(tokenizer, "<|im_end|>", 10, &tokens);
    CHECK_INT((long)tokens.count, 1);
    tokens_free(&tokens);
    tokenizer_free(tokenizer);
    model_free(model);
}

static void cache_removal_moves_later_positions(void) {
    CHECK_INT((long)kv_cache_left(1, 2, 5), 1);
    CHECK_INT((long)kv_cache_left(2, 2, 5), 2);
    CHECK_INT((long)kv_cache_left(3, 2, 5), 2);
    CHECK_INT((long)kv_cache_left(5, 2, 5), 2);
    CHECK_INT((long)kv_cache_left(6, 2, 5), 3);
    CHECK_INT((long)kv_cache_left(10, 2, 5), 7);
    CHECK_INT((long)kv_cache_left(10, 0, 4), 6);
}

static int32_t sampled(const Tokens *words, const Sampling *sampling, uint64_t hash,
                       const Influence *influence, const Positions *recent) {
    const Positions nothing = {0};
    Sampler sampler;
    sampler_create(&sampler, sampling, influence, words);
    int32_t id = sampler_next(&sampler, hash, recent, &nothing);
    sampler_free(&sampler);
    return id;
}

/* A negative logit, which only adapters cause, becomes lower, too. */
static void penalties_lower_the_logits_of_recent_words(void) {
    const Influence adapter = {.adapter = 1, .scale = 100};
    int32_t ids[] = {1, 2};
    const Tokens words = {.ids = ids, .count = 2};
    uint64_t hash = 0;
    float better = 0, worse = 0;
    while (!(better < 0 && better > worse && better * 1000 < worse) && hash < 1000) {
        hash++;
        better = logit_of_word(hash, &adapter, 1);
        worse = logit_of_word(hash, &adapter, 2);
    }
    Positions recent = {0};
    Sampling cold = {.temperature = 0.0001f, .top_p = 1, .repeat_penalty = 1000};
    CHECK_INT(sampled(&words, &cold, hash, &adapter, &recent), 1);
    positions_append(&recent, (Position){.token = 1});
    CHECK_INT(sampled(&words, &cold, hash, &adapter, &recent), 2);
    cold.top_k = 1; /* greedy */
    CHECK_INT(sampled(&words, &cold, hash, &adapter, &recent), 1);
    cold.top_k = 0;
    for (int others = 1; others < 64; others++) {
        positions_append(&recent, (Position){.token = 7});
    }
    CHECK_INT(sampled(&words, &cold, hash, &adapter, &recent), 2);
    positions_append(&recent, (Position){.token = 7});
    CHECK_INT(sampled(&words, &cold, hash, &adapter, &recent), 1); /* too long ago */
    positions_free(&recent);
}

TESTS(unit, {"patterns match wording", patterns_match_wording, false},
      {"penalties lower the logits of recent words", penalties_lower_the_logits_of_recent_words,
       false},
      {"patterns capture", patterns_capture, false},
      {"patterns stay fast on long text", patterns_stay_fast_on_long_text, false},
      {"cache removal moves later positions", cache_removal_moves_later_positions, false},
      {"utf8 knows borders", utf8_knows_borders, false}, {"json is read", json_is_read, false},
      {"tokenizer is reversible", tokenizer_is_reversible, false},
      {"tokenizer keeps emoji split", tokenizer_keeps_emoji_split, false})
