/* The structs of releases 1.3.0 and 1.3.1, which differ only in the audio member. */
#include "abi_common.h"

void abi_read_param(const RKLLMParam *param, Settings *settings) {
    abi_read_common(param, settings);
    settings->ignore_eos_token = param->ignore_eos_token;
}

static void abi_read_media(const Settings *settings, const RKLLMMultiModalInput *from,
                           Input *input) {
    (void)settings;
    input->media[MEDIA_IMAGE] = (Media){.rows = from->image.image_embed,
                                        .count = from->image.n_image,
                                        .frames = 1,
                                        .tokens = from->image.n_image_tokens,
                                        .width = from->image.image_width,
                                        .height = from->image.image_height,
                                        .start = from->image.image_start,
                                        .end = from->image.image_end,
                                        .content = from->image.image_content};
    input->media[MEDIA_VIDEO] = (Media){.rows = from->video.video_embed,
                                        .count = from->video.n_video,
                                        .frames = from->video.n_frame_per_video,
                                        .tokens = from->video.n_frame_tokens,
                                        .width = from->video.frame_width,
                                        .height = from->video.frame_height,
                                        .start = from->video.video_start,
                                        .end = from->video.video_end,
                                        .content = from->video.video_content};
#ifdef RKLLM_AUDIO_INPUT
    input->media[MEDIA_AUDIO] = (Media){.rows = from->audio.audio_embed,
                                        .count = from->audio.n_audio,
                                        .frames = 1,
                                        .tokens = from->audio.n_audio_tokens,
                                        .start = from->audio.audio_start,
                                        .end = from->audio.audio_end,
                                        .content = from->audio.audio_content};
#endif
}

bool abi_read_run(const Settings *settings, const RKLLMInput *inputs, const RKLLMInferParam *params,
                  Request *request) {
    if (!abi_read_run_common(settings, inputs, params, request)) {
        return false;
    }
    if (params->sampling_params != NULL) {
        const RKLLMSamplingParam *sampling = params->sampling_params;
        request->has_sampling = true;
        request->sampling = (Sampling){.top_k = sampling->top_k,
                                       .top_p = sampling->top_p,
                                       .temperature = sampling->temperature,
                                       .repeat_penalty = sampling->repeat_penalty,
                                       .frequency_penalty = sampling->frequency_penalty,
                                       .presence_penalty = sampling->presence_penalty,
                                       .mirostat = sampling->mirostat,
                                       .mirostat_tau = sampling->mirostat_tau,
                                       .mirostat_eta = sampling->mirostat_eta};
    }
    if (params->max_new_tokens > 0) {
        request->max_new_tokens = params->max_new_tokens;
    }
    return true;
}
