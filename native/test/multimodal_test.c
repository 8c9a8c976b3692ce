/* Images, videos and audio clips: their positions, their effects, and errors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

enum { WIDTH = 16, ROWS = 4 };

static const char lines[] =
    "embd: 16\npicture: cat 0.5\npicture: red fish -0.25\npicture: film 2\n"
    "when: what is this\nneeds: images\nsay: {images}: {picture.1}{picture.2}\n"
    "else: {images}: {picture.1}\n"
    "when: what is this\nneeds: videos\nsay: {videos}: {picture.1}, {video.frames} frames of "
    "{video.tokens}, {video.width}x{video.height}{video.start}{video.end}{video.content}\n"
    "when: what is this\nneeds: audios\nsay: {audios}: {picture.1}, {audio.tokens} rows"
    "{audio.start}{audio.end}{audio.content}\n"
    "when: what is this\nneeds: no-images\nneeds: no-videos\nneeds: no-audios\nsay: nothing\n"
    "when: facts\nsay: {image.tokens} {image.width}x{image.height} "
    "{image.start}{image.content}{image.end}\nelse: no image\n"
    "when: order\nsay: {picture.1} {picture.2} {picture.3} {picture.4}\nelse: no fourth\n"
    "when: *\ngenerate: 12\n";

/* Returns rows with the given mean. */
static float *rows_of(size_t count, float mean) {
    float *rows = malloc(count * WIDTH * sizeof *rows);
    for (size_t i = 0; i < count * WIDTH; i++) {
        rows[i] = mean + (i % 2 == 0 ? 0.125f : -0.125f);
    }
    return rows;
}

static LLMHandle open_seeing(const char *text) {
    RKLLMParam param = params_for(model_file(text));
#if RKLLM_ABI == 12
    param.img_start = "<img>";
    param.img_end = "</img>";
    param.img_content = "<IMG_CONTEXT>";
#endif
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    return handle;
}

static RKLLMInput image_input(const char *prompt, float *rows, size_t count) {
    RKLLMInput input = {.input_type = RKLLM_INPUT_MULTIMODAL};
    input.multimodal_input.prompt = (char *)(uintptr_t)prompt;
#if RKLLM_ABI == 12
    input.multimodal_input.image_embed = rows;
    input.multimodal_input.n_image_tokens = ROWS;
    input.multimodal_input.n_image = count;
    input.multimodal_input.image_width = 392;
    input.multimodal_input.image_height = 280;
#else
    input.multimodal_input.image.image_embed = rows;
    input.multimodal_input.image.n_image_tokens = ROWS;
    input.multimodal_input.image.n_image = count;
    input.multimodal_input.image.image_width = 392;
    input.multimodal_input.image.image_height = 280;
    input.multimodal_input.image.image_start = "<img>";
    input.multimodal_input.image.image_end = "</img>";
    input.multimodal_input.image.image_content = "<IMG_CONTEXT>";
#endif
    return input;
}

static const char *see(LLMHandle handle, const char *prompt, float *rows, size_t count) {
    RKLLMInput input = image_input(prompt, rows, count);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    return bytes_text(&recorder.text);
}

static void images_are_seen(void) {
    LLMHandle handle = open_seeing(lines);
    float *two = rows_of(2 * ROWS, 0.5f);
    for (size_t i = ROWS * WIDTH; i < 2 * ROWS * WIDTH; i++) {
        two[i] -= 0.75f;
    }
    CHECK_TEXT(see(handle, "<image>What is this?", two, 1), "1: cat");
    int one = recorder.perf.prefill_tokens;
    CHECK_TEXT(see(handle, "<image>What is<image> this?", two, 2), "2: catred fish");
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, NULL, NULL), 0);
    CHECK_TEXT(answer(handle, "What is this?"), "nothing");
    Tokens tags = tokens_of(temp_path("model.rkllm"), "<img></img>");
    CHECK_INT(recorder.perf.prefill_tokens, one - ROWS - (long)tags.count);
    tokens_free(&tags);
    CHECK_TEXT(see(handle, "facts <image>", two, 1),
               "4 392x280 <img><IMG_CONTEXT></img>");
    CHECK_TEXT(see(handle, "facts", two, 0), "no image");
    two[0] += 100;
    CHECK_TEXT(see(handle, "<image>What is this?", two, 1), "1: something");
    free(two);
    close_model(handle);
}

/* Equal rows are the same image; a change of one bit makes another. */
static void rows_are_compared(void) {
    LLMHandle handle = open_seeing(lines);
    float *rows = rows_of(2 * ROWS, 0.5f);
    char text[256];
    snprintf(text, sizeof text, "%s", see(handle, "<image><image>dream", rows, 2));
    int full = recorder.perf.prefill_tokens;
    CHECK_TEXT(see(handle, "<image><image>dream", rows, 2), text);
    CHECK_INT(recorder.perf.prefill_tokens, 1);
    rows[(ROWS + 2) * WIDTH + 3] += 0.001f;
    CHECK(strcmp(see(handle, "<image><image>dream", rows, 2), text) != 0);
    CHECK(recorder.perf.prefill_tokens > 1 && recorder.perf.prefill_tokens < full - ROWS);
    RKLLMInput input = image_input("<image><image>dream", rows, 2);
#if RKLLM_ABI == 12
    input.multimodal_input.image_width = 100;
#else
    input.multimodal_input.image.image_width = 100;
#endif
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK(recorder.perf.prefill_tokens > ROWS);
#if RKLLM_ABI == 12
    input.multimodal_input.image_height = 100;
#else
    input.multimodal_input.image.image_height = 100;
#endif
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK(recorder.perf.prefill_tokens > ROWS);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GET_LOGITS, 0), 0);
    CHECK_INT((long)recorder.rows, cache_size(handle));
    free(rows);
    close_model(handle);
}

static void history_remembers_images(void) {
    LLMHandle handle = open_seeing(lines);
    float *rows = rows_of(ROWS, 0.5f);
    RKLLMInput input = image_input("<image>Look", rows, 1);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 1), 0);
    CHECK_TEXT(answer_in_chat(handle, "What is this?"), "1: cat");
    for (int i = 0; i < ROWS * WIDTH; i++) {
        rows[i] -= 0.75f;
    }
    input = image_input("<image>What is this?", rows, 1);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 1), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "2: catred fish");
    CHECK_INT(rkllm_clear_kv_cache(handle, 0, NULL, NULL), 0);
    CHECK_TEXT(answer_in_chat(handle, "What is this?"), "nothing");
    free(rows);
    close_model(handle);
}

static int pause_at_second(Recorder *to, LLMCallState state) {
    return state == RKLLM_RUN_NORMAL && to->normal == 2 ? 1 : 0;
}

static void images_may_be_added_to_a_pause(void) {
    LLMHandle handle = open_seeing(lines);
    float *rows = rows_of(ROWS, 0.5f);
    recorder.hook = pause_at_second;
    see(handle, "<image>dream", rows, 1);
    recorder.hook = NULL;
    CHECK_INT((long)recorder.finish, 0);
    int before = cache_size(handle);
    see(handle, "<image>", rows, 1);
    CHECK(recorder.perf.prefill_tokens > ROWS);
    CHECK_INT((long)recorder.finish, 1);
    CHECK(cache_size(handle) > before + recorder.perf.prefill_tokens);
    free(rows);
    close_model(handle);
}

/* Each float is read, up to the last and not beyond, before the call returns. */
static void every_float_is_read(void) {
    LLMHandle handle = open_seeing(lines);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + page, page, PROT_NONE);
    float *rows = (float *)(void *)(pages + page - ROWS * WIDTH * sizeof(float));
    for (int i = 0; i < ROWS * WIDTH; i++) {
        rows[i] = 0.5f;
    }
    RKLLMInput input = image_input("<image>What is this?", rows, 1);
    RKLLMInferParam params = {0};
    recorder_clear(&recorder);
    CHECK_INT(rkllm_run_async(handle, &input, &params, &recorder), 0);
    munmap(pages, 2 * page);
    recorder_wait_end(&recorder);
    CHECK_TEXT(bytes_text(&recorder.text), "1: cat");
    close_model(handle);
}

static void wrong_inputs(void) {
    LLMHandle handle = open_seeing(lines);
    float *rows = rows_of(2 * ROWS, 0.5f);
    RKLLMInput input = image_input("<image>x", rows, 2);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(logged(), "E rkllm: the prompt has 1 <image>, but n_image is 2\n");
    input = image_input("x", rows, 1);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(logged(), "E rkllm: the prompt has 0 <image>, but n_image is 1\n");
    input = image_input("<image>x", rows, 0);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_TEXT(reported(), "");
    input = image_input("<image>x", NULL, 1);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(reported(), "a multimodal input has 1 images, but no rows for them");
    input = image_input("<image>x", rows, (size_t)1 << 60);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(reported(), "a multimodal input has 1152921504606846976 images of ");
    input = image_input(NULL, rows, 1);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(reported(), "multimodal_input.prompt is NULL");
    free(rows);
    close_model(handle);
}

static void tags_may_be_missing(void) {
    RKLLMParam param = params_for(model_file(lines));
    LLMHandle handle = NULL;
    CHECK_INT(init(&handle, &param), 0);
    float *rows = rows_of(ROWS, 0.5f);
    RKLLMInput input = image_input("facts<image>", rows, 1);
#if RKLLM_ABI >= 13
    input.multimodal_input.image.image_start = NULL;
    input.multimodal_input.image.image_end = NULL;
    input.multimodal_input.image.image_content = NULL;
#endif
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "4 392x280 ");
    free(rows);
    close_model(handle);
}

static void videos_are_seen(void) {
#if RKLLM_ABI >= 13
    LLMHandle handle = open_seeing(lines);
    float *film = rows_of(3 * 2, 2);
    float *rows = rows_of(2 * ROWS, 0.5f);
    RKLLMInput input = {.input_type = RKLLM_INPUT_MULTIMODAL};
    input.multimodal_input.prompt = "<video> What is this?";
    input.multimodal_input.video.video_embed = film;
    input.multimodal_input.video.n_video = 1;
    input.multimodal_input.video.n_frame_per_video = 3;
    input.multimodal_input.video.n_frame_tokens = 2;
    input.multimodal_input.video.frame_width = 64;
    input.multimodal_input.video.frame_height = 32;
    input.multimodal_input.video.video_start = "[";
    input.multimodal_input.video.video_end = "]";
    input.multimodal_input.video.video_content = "_";
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "1: film, 3 frames of 2, 64x32[]_");
    RKLLMInput both = image_input("<image>or<video>der<image>", rows, 2);
    both.multimodal_input.video = input.multimodal_input.video;
    CHECK_INT(run_input(handle, &both, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "no fourth");
    input.multimodal_input.prompt = "What is this?";
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(logged(), "E rkllm: the prompt has 0 <video>, but n_video is 1\n");
    input.multimodal_input.prompt = "<video>";
    input.multimodal_input.video.n_frame_per_video = 0;
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(reported(), "a multimodal input has 1 videos, but no rows for them");
    free(film);
    free(rows);
    close_model(handle);
#else
    LLMHandle handle = open_seeing("when: *\nsay: {prompt}\n"); /* the placeholder has no meaning here */
    RKLLMInput input = image_input("a <video>", NULL, 0);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "a <video>");
    close_model(handle);
#endif
}

static void audio_is_heard(void) {
#ifdef RKLLM_AUDIO_INPUT
    LLMHandle handle = open_seeing(lines);
    float *sound = rows_of(2 * 3, 2);
    float *rows = rows_of(ROWS, 0.5f);
    RKLLMInput input = {.input_type = RKLLM_INPUT_MULTIMODAL};
    input.multimodal_input.prompt = "<audio>What is <audio>this?";
    input.multimodal_input.audio.audio_embed = sound;
    input.multimodal_input.audio.n_audio = 2;
    input.multimodal_input.audio.n_audio_tokens = 3;
    input.multimodal_input.audio.audio_start = "(";
    input.multimodal_input.audio.audio_end = ")";
    input.multimodal_input.audio.audio_content = "~";
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "2: film, 3 rows()~");
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_INT(recorder.perf.prefill_tokens, 1); /* the same rows are the same clip */
    RKLLMInput both = image_input("<audio>or<image>der<audio>", rows, 1);
    both.multimodal_input.audio = input.multimodal_input.audio;
    CHECK_INT(run_input(handle, &both, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "no fourth");
    input.multimodal_input.prompt = "<audio>";
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(logged(), "E rkllm: the prompt has 1 <audio>, but n_audio is 2\n");
    input.multimodal_input.audio.audio_embed = NULL;
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(reported(), "a multimodal input has 2 audios, but no rows for them");
    free(sound);
    free(rows);
    close_model(handle);
#else
    LLMHandle handle = open_seeing("when: *\nsay: {prompt}\n"); /* the placeholder has no meaning here */
    RKLLMInput input = image_input("an <audio>", NULL, 0);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    CHECK_TEXT(bytes_text(&recorder.text), "an <audio>");
    close_model(handle);
#endif
}

/*
 * In the text of a user there are no embeddings, and a multimodal model would read beyond the end
 * of others.
 */
static void stray_markers_are_misuse(void) {
    LLMHandle handle = open_seeing(lines);
    RKLLMInput input = {.input_type = RKLLM_INPUT_PROMPT, .prompt_input = "an <image> tag"};
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(reported(), "a prompt has <image>, but no embeddings for it");
    input.prompt_input = "an < image> tag";
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), 0);
    close_model(handle);
    handle = open_model("when: *\nsay: {prompt}\n");
    CHECK_TEXT(answer(handle, "an <image> tag"), "an <image> tag");
    close_model(handle);
}

/* Like a program compiled against 1.3.0, whose input is followed by arbitrary memory. */
static void invalid_sizes_are_reported_before_reading(void) {
#ifdef RKLLM_AUDIO_INPUT
    LLMHandle handle = open_seeing(lines);
    float *rows = rows_of(ROWS, 0.5f);
    RKLLMInput input = image_input("<image>What is this?", rows, 1);
    memset(&input.multimodal_input.audio, 0xAB, sizeof input.multimodal_input.audio);
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(reported(), "a multimodal input has 12370169555311111083 audios");
    input.multimodal_input.audio.n_audio = 0;
    CHECK_TEXT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0) == 0
                   ? bytes_text(&recorder.text) : "", "1: cat");
    input.multimodal_input.audio.n_audio = 3;
    input.multimodal_input.audio.n_audio_tokens = 1;
    CHECK_INT(run_input(handle, &input, RKLLM_INFER_GENERATE, 0), -1);
    CHECK_HAS(logged(), "E rkllm: the prompt has 0 <audio>, but n_audio is 3\n");
    free(rows);
    close_model(handle);
#endif
}

TESTS(multimodal, {"images are seen", images_are_seen, false},
      {"rows are compared", rows_are_compared, false},
      {"history remembers images", history_remembers_images, false},
      {"images may be added to a pause", images_may_be_added_to_a_pause, false},
      {"every float is read", every_float_is_read, true},
      {"wrong inputs", wrong_inputs, false}, {"tags may be missing", tags_may_be_missing, false},
      {"videos are seen", videos_are_seen, false}, {"audio is heard", audio_is_heard, false},
      {"stray markers are misuse", stray_markers_are_misuse, false},
      {"invalid sizes are reported before reading", invalid_sizes_are_reported_before_reading, false})
