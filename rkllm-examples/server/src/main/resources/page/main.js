import { Announcer } from "./announcer.js";
import { Answer } from "./answer.js";
import { ContextGauge } from "./context-gauge.js";
import {
  chooseVersion,
  contextTokens,
  cutFrom,
  exported,
  nameByQuestion,
  newAnswer,
  newConversation,
  newVersion,
  question,
  takeOut,
  takeOutOldest,
  toolResult,
} from "./conversation.js";
import { Composer } from "./composer.js";
import { Conversations } from "./conversations.js";
import { byId, element } from "./dom.js";
import { imported } from "./import.js";
import { askKey } from "./key-dialog.js";
import { behaveAsMenu } from "./menu.js";
import { ModelChoice } from "./model-choice.js";
import { clearNotice, notify } from "./notice.js";
import { SettingsDialog } from "./settings.js";
import { Sidebar } from "./sidebar.js";
import { Thread } from "./thread.js";
import { TitleForm } from "./title.js";

const conversations = new Conversations();
const answers = new Map(); // answers in progress, by conversation; those not displayed continue
const announcer = new Announcer(byId("announcer"));
const thread = new Thread({ edit, regenerate, remove: removeMessage, version, sendResults });
const composer = new Composer(ask, stop);
const sidebar = new Sidebar(show, () => show(begun()));
const title = new TitleForm(rename);
const models = new ModelChoice((model) => {
  change({ ...current.settings, model });
  showContext();
});
const gauge = new ContextGauge(dropOldest);
const settings = new SettingsDialog((chosen) => {
  change({ ...chosen, model: models.chosen });
  composer.focus(); // not the button that opened the dialog, which the space bar would press
});
let current = conversations.get(conversations.current) ?? begun();

function begun() {
  return newConversation({ ...conversations.settings });
}

// ---- display ----

function show(conversation) {
  current = conversation;
  conversations.current = conversation.id;
  clearNotice();
  models.choose(conversation.settings.model);
  thread.show(conversation);
  refresh();
  composer.focus();
}

function refresh(edited) {
  title.show(current);
  byId("start").hidden = current.messages.length > 0;
  for (const id of ["rename", "export", "delete"]) {
    byId(id).hidden = current.messages.length === 0;
  }
  showContext();
  composer.busy = answers.has(current.id);
  thread.refresh(edited);
  sidebar.show(conversations.list(), current);
}

function showContext() {
  const questions = current.messages.filter(({ role }) => role === "user").length;
  gauge.show(contextTokens(current), models.contextLength, questions > 1 && !answers.has(current.id));
}

// ---- storage ----

function keep(conversation) {
  conversation.changed = Date.now();
  save(conversation);
}

function save(conversation) {
  try {
    conversations.save(conversation);
  } catch {
    notify(
      "The browser has no room left: this conversation will be lost when the page is closed." +
        " Export it, or delete others.",
    );
  }
}

function change(chosen) {
  current.settings = chosen;
  try {
    conversations.settings = chosen;
  } catch {
    // reported when the conversation is stored
  }
  if (current.messages.length > 0) {
    save(current);
  }
}

function rename(name) {
  current.title = name;
  current.named = true;
  save(current);
  refresh();
}

function remove() {
  const removed = current;
  stop();
  conversations.remove(removed);
  show(begun());
  notify(`“${removed.title}” was deleted.`, "Undo", () => {
    save(removed);
    show(removed);
  });
}

function exportCurrent() {
  const json = JSON.stringify(exported(current), null, 2);
  const url = URL.createObjectURL(new Blob([json], { type: "application/json" }));
  const name = current.title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
  element("a", { href: url, download: `${name || "conversation"}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function importFile() {
  const [file] = byId("import-file").files;
  byId("import-file").value = ""; // so that the same file can be selected again
  try {
    const conversation = imported(await file.text());
    nameByQuestion(conversation);
    keep(conversation);
    show(conversation);
  } catch (e) {
    notify(`${file.name} cannot be imported. ${e.message}`);
  }
}

// ---- questions and answers ----

async function ask(text) {
  await models.loaded; // otherwise a fast user could be told that there are no models
  if (answers.has(current.id)) {
    notify("The answer before is still being written. Stop it, or wait for its end.");
    return false;
  }
  if (!models.chosen) {
    notify("There is no model to ask.");
    return false;
  }
  clearNotice();
  current.messages.push(question(text));
  answer();
  return true;
}

/** Requests an answer to the current conversation, which may be a new version of an answer. */
async function answer(before = null) {
  const conversation = current;
  current.settings = { ...current.settings, model: models.chosen };
  const message = before ? newVersion(before, models.chosen) : newAnswer(models.chosen);
  conversation.messages.push(message);
  nameByQuestion(conversation);
  keep(conversation);
  const isShown = () => conversation === current;
  const running = new Answer(conversation, message, () => {
    if (isShown()) {
      thread.lastChanged();
      announcer.tell(message.text, false);
    }
  });
  answers.set(conversation.id, running);
  announcer.begin();
  refresh();
  thread.goToEnd();
  const failure = await running.run();
  answers.delete(conversation.id);
  if (conversations.get(conversation.id) === conversation) { // not deleted in the meantime
    keep(conversation);
  }
  if (isShown()) {
    announcer.tell(message.text, true);
    if (message.state === "stopped") {
      announcer.say("Stopped.");
    }
    refresh();
  }
  if (failure?.code === "context_length_exceeded" && isShown()) {
    notify("The conversation is longer than the context of the model.", "Drop the oldest", dropOldest);
  }
  if (failure?.status === 401 && isShown() && (await askKey())) {
    await models.load().then(showContext);
    regenerate(message);
  }
}

function stop() {
  answers.get(current.id)?.stop();
}

/** Regenerates an answer and removes all messages after it. The old answer is kept as a version. */
function regenerate(message) {
  replaceFrom(message, () => {}, message);
}

function version(message, index) {
  if (isBusy()) {
    return;
  }
  chooseVersion(message, index);
  keep(current);
  refresh(message);
}

function removeMessage(message) {
  changeMessages("The message was deleted.", () => {
    takeOut(current, message);
    return true;
  });
}

function dropOldest() {
  changeMessages("The oldest question and its answer were deleted.", () => takeOutOldest(current));
}

/** Removes messages, which can be undone. */
function changeMessages(words, takeOutSome) {
  if (isBusy()) {
    return;
  }
  const conversation = current;
  const before = [...conversation.messages];
  if (takeOutSome()) {
    keep(conversation);
    refresh();
    notify(words, "Undo", () => undoReplacement(conversation, before));
  }
}

/** Notifies the user if an answer is being written. */
function isBusy() {
  const busy = answers.has(current.id);
  if (busy) {
    notify("An answer is being written. Stop it, or wait for its end.");
  }
  return busy;
}

function edit(message, text) {
  if (message.role === "user") {
    replaceFrom(message, () => current.messages.push(question(text)));
  } else {
    message.text = text; // the model's earlier answer, for its next one
    keep(current);
    refresh(message);
  }
}

function replaceFrom(message, replace, version = null) {
  if (isBusy()) {
    return;
  }
  const conversation = current;
  const before = [...conversation.messages];
  cutFrom(conversation, message);
  replace();
  answer(version);
  const lost = before.length - before.indexOf(message) - 1;
  if (lost > 0) {
    notify(
      lost === 1 ? "The message behind it was replaced." : `${lost} messages behind it were replaced.`,
      "Undo",
      () => undoReplacement(conversation, before),
    );
  }
}

function undoReplacement(conversation, before) {
  answers.get(conversation.id)?.stop();
  conversation.messages = before;
  keep(conversation);
  show(conversation);
}

function sendResults(message, texts) {
  message.calls.forEach((call, i) => current.messages.push(toolResult(call, texts[i])));
  answer();
}

// ---- the page as a whole ----

behaveAsMenu(byId("menu"));
byId("open-settings").addEventListener("click", () => settings.open(current.settings));
byId("rename").addEventListener("click", () => title.edit(current));
byId("export").addEventListener("click", exportCurrent);
byId("import").addEventListener("click", () => byId("import-file").click());
byId("import-file").addEventListener("change", importFile);
byId("delete").addEventListener("click", remove);
addEventListener("pagehide", () =>
  answers.forEach((running) => {
    running.stop();
    save(running.conversation);
  }),
);
conversations.addEventListener("changed", ({ detail: id }) => {
  if (id === current.id && !answers.has(id) && conversations.get(id)) {
    show(conversations.get(id)); // another tab has continued it
  } else {
    sidebar.show(conversations.list(), current);
  }
});
show(current);
models.load();
