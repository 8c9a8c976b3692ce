/* Renders prompts with the model's template, the caller's, or none, and declares tools. */
#ifndef SIM_CHAT_TEMPLATE_H
#define SIM_CHAT_TEMPLATE_H

#include <stdbool.h>

#include "conversation.h"
#include "memory.h"
#include "model.h"
#include "settings.h"

/* The settings that the caller has made on a handle. All strings are copies. */
typedef struct Chat {
    bool replaced; /* by rkllm_set_chat_template; the model's own template is off permanently */
    char *system;
    char *prefix;
    char *postfix;
    bool has_tools; /* by rkllm_set_function_tools */
    char *tools_system;
    char *tools;
    char *tool_tag;
} Chat;

void chat_replace_template(Chat *chat, const char *system, const char *prefix, const char *postfix);
void chat_set_tools(Chat *chat, const char *system, const char *tools, const char *tag);
void chat_free(Chat *chat);

/* Returns whether prompts are rendered with the model's own template. */
bool chat_uses_model_template(const Chat *chat, const Model *model);
/* Returns the tag around tool results. */
const char *chat_tool_tag(const Chat *chat);
/* Fills in and returns the template, or returns NULL if the model's own is used. */
const PlainTemplate *chat_plain_template(const Chat *chat, PlainTemplate *template);

/* Appends the text of the system prompt, or nothing if there is none. */
void chat_render_system(const Chat *chat, const Model *model, Bytes *out);
/* Appends the text of one turn. after_reply: the turn follows an answer, which must be ended. */
void chat_render_turn(const Chat *chat, const Model *model, const Input *input, bool after_reply,
                      Bytes *out);

#endif
