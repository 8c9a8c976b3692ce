/* The structs of releases 1.2.1 to 1.2.3. */
#include "abi_common.h"

void abi_read_param(const RKLLMParam *param, Settings *settings) {
    abi_read_common(param, settings);
    settings->img_start = sim_copy_text(param->img_start);
    settings->img_end = sim_copy_text(param->img_end);
    settings->img_content = sim_copy_text(param->img_content);
}

static void abi_read_media(const Settings *settings, const RKLLMMultiModalInput *from,
                           Input *input) {
    input->media[MEDIA_IMAGE] = (Media){.rows = from->image_embed,
                                        .count = from->n_image,
                                        .frames = 1,
                                        .tokens = from->n_image_tokens,
                                        .width = from->image_width,
                                        .height = from->image_height,
                                        .start = settings->img_start,
                                        .end = settings->img_end,
                                        .content = settings->img_content};
}

bool abi_read_run(const Settings *settings, const RKLLMInput *inputs, const RKLLMInferParam *params,
                  Request *request) {
    return abi_read_run_common(settings, inputs, params, request);
}
