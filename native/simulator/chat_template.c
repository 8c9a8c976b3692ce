#include "chat_template.h"

#include <string.h>

static char *copy_or_empty(const char *text) {
    return sim_copy_text(text == NULL ? "" : text);
}

void chat_free(Chat *chat) {
    sim_free(chat->system);
    sim_free(chat->prefix);
    sim_free(chat->postfix);
    sim_free(chat->tools_system);
    sim_free(chat->tools);
    sim_free(chat->tool_tag);
    *chat = (Chat){0};
}

void chat_replace_template(Chat *chat, const char *system, const char *prefix,
                           const char *postfix) {
    chat_free(chat);
    chat->replaced = true;
    chat->system = copy_or_empty(system);
    chat->prefix = copy_or_empty(prefix);
    chat->postfix = copy_or_empty(postfix);
}

/* Returns whether a JSON text contains a tool. */
static bool names_tools(const char *tools) {
    return tools != NULL && tools[strspn(tools, "[] \t\r\n")] != '\0';
}

void chat_set_tools(Chat *chat, const char *system, const char *tools, const char *tag) {
    chat_free(chat);
    chat->has_tools = true;
    chat->tools_system = copy_or_empty(system);
    chat->tools = copy_or_empty(names_tools(tools) ? tools : "");
    chat->tool_tag = copy_or_empty(tag);
}

bool chat_uses_model_template(const Chat *chat, const Model *model) {
    return model->has_template && !chat->replaced;
}

const char *chat_tool_tag(const Chat *chat) {
    return chat->tool_tag == NULL || chat->tool_tag[0] == '\0' ? "tool_response" : chat->tool_tag;
}

const PlainTemplate *chat_plain_template(const Chat *chat, PlainTemplate *template) {
    if (!chat->replaced) {
        return NULL;
    }
    *template = (PlainTemplate){chat->system, chat->prefix, chat->postfix};
    return template;
}

typedef struct Value {
    const char *name;
    const char *text;
} Value;

/* Appends a text of the template with the values of its placeholders; unknown ones become empty. */
static void render(const Text *text, const Value *values, size_t count, Bytes *out) {
    for (size_t i = 0; i < text->count; i++) {
        const Segment *segment = &text->segments[i];
        if (segment->kind != SEGMENT_PLACEHOLDER) {
            bytes_append(out, segment->bytes, segment->length);
            continue;
        }
        for (size_t j = 0; j < count; j++) {
            if (strcmp(values[j].name, segment->bytes) == 0) {
                bytes_append_text(out, values[j].text);
            }
        }
    }
}

void chat_render_system(const Chat *chat, const Model *model, Bytes *out) {
    if (chat->replaced) {
        bytes_append_text(out, chat->system);
        return;
    }
    if (!model->has_template) {
        return;
    }
    Bytes system = {0};
    if (chat->has_tools && chat->tools[0] != '\0') {
        const Value values[] = {{"system", chat->tools_system}, {"tools", chat->tools}};
        render(&model->template.tools, values, 2, &system);
    } else {
        /* A list without tools revokes the tools, but its system prompt remains in effect. */
        bool given = chat->has_tools && chat->tools_system[0] != '\0';
        bytes_append_text(&system, given ? chat->tools_system : model->system_prompt);
    }
    if (system.length > 0) {
        const Value values[] = {{"text", bytes_text(&system)}};
        render(&model->template.system, values, 1, out);
    }
    bytes_free(&system);
}

static void render_model_turn(const Chat *chat, const Model *model, const Input *input,
                              Bytes *out) {
    const Template *template = &model->template;
    bool tool_result = strcmp(input->role, "tool") == 0;
    Bytes prompt = {0};
    bytes_append_text(&prompt, input->prompt);
    if (input->thinking && !tool_result) {
        render(&template->think_suffix, NULL, 0, &prompt);
    }
    const Value values[] = {{"text", bytes_text(&prompt)}, {"tag", chat_tool_tag(chat)}};
    render(tool_result ? &template->tool : &template->user, values, 2, out);
    render(&template->assistant, NULL, 0, out);
    render(input->thinking ? &template->think : &template->no_think, NULL, 0, out);
    bytes_free(&prompt);
}

void chat_render_turn(const Chat *chat, const Model *model, const Input *input, bool after_reply,
                      Bytes *out) {
    if (after_reply) {
        render(&model->template.turn_end, NULL, 0, out);
    }
    if (chat_uses_model_template(chat, model)) {
        render_model_turn(chat, model, input, out);
    } else {
        bytes_append_text(out, chat->replaced ? chat->prefix : "");
        bytes_append_text(out, input->prompt);
        bytes_append_text(out, chat->replaced ? chat->postfix : "");
    }
}
