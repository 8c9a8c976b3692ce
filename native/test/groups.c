#include "groups.h"

#define GROUP(name)                        \
    extern const Test name##_tests[];      \
    extern const size_t name##_count;
GROUP(unit)
GROUP(load)
GROUP(chat)
GROUP(stream)
GROUP(control)
GROUP(input)
GROUP(output)
GROUP(pause)
GROUP(lora)
GROUP(prompt_cache)
GROUP(batch)
GROUP(cross_attention)
GROUP(multimodal)
GROUP(resource)
GROUP(processor)
GROUP(fault)
GROUP(misuse)
GROUP(model_file)
GROUP(container)
#undef GROUP

const TestGroup test_groups[] = {
    {unit_tests, &unit_count},         {load_tests, &load_count},
    {chat_tests, &chat_count},         {stream_tests, &stream_count},
    {control_tests, &control_count},   {input_tests, &input_count},
    {output_tests, &output_count},     {pause_tests, &pause_count},
    {lora_tests, &lora_count},         {prompt_cache_tests, &prompt_cache_count},
    {batch_tests, &batch_count},       {fault_tests, &fault_count},
    {cross_attention_tests, &cross_attention_count},
    {multimodal_tests, &multimodal_count},
    {resource_tests, &resource_count}, {processor_tests, &processor_count},
    {misuse_tests, &misuse_count},     {model_file_tests, &model_file_count},
    {container_tests, &container_count},
};
const size_t test_group_count = sizeof test_groups / sizeof *test_groups;
