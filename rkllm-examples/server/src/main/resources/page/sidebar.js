import { button, byId, element } from "./dom.js";

const narrow = matchMedia("(max-width: 48rem)");

/** The list of conversations, beside the page or, on narrow screens, over it. */
export class Sidebar {
  #sidebar = byId("sidebar");
  #opener = byId("open-sidebar");
  #search = byId("search");
  #shown = [[], {}];

  /** Creates a list that calls choose(conversation), and begin() for a new conversation. */
  constructor(choose, begin) {
    this.choose = choose;
    this.#opener.addEventListener("click", () => this.#open());
    byId("close-sidebar").addEventListener("click", () => this.close());
    byId("scrim").addEventListener("click", () => this.close());
    byId("new-conversation").addEventListener("click", () => {
      this.close();
      begin();
    });
    this.#sidebar.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#isOpen) {
        event.stopPropagation(); // Escape would also stop the answer
        this.close();
      }
    });
    this.#search.addEventListener("input", () => this.show(...this.#shown));
    narrow.addEventListener("change", () => this.close());
    this.close();
  }

  get #isOpen() {
    return document.body.classList.contains("sidebar-open");
  }

  #open() {
    document.body.classList.add("sidebar-open");
    this.#sidebar.inert = false;
    byId("page").inert = true;
    this.#opener.setAttribute("aria-expanded", "true");
    byId("close-sidebar").focus();
  }

  /** Closes the sidebar where it covers the page. */
  close() {
    const wasOpen = this.#isOpen;
    document.body.classList.remove("sidebar-open");
    this.#sidebar.inert = narrow.matches;
    byId("page").inert = false;
    this.#opener.setAttribute("aria-expanded", "false");
    if (wasOpen) {
      this.#opener.focus();
    }
  }

  /** Lists the conversations that match the search. */
  show(conversations, current) {
    this.#shown = [conversations, current];
    this.#search.hidden = conversations.length === 0;
    byId("no-conversations").hidden = conversations.length > 0;
    const wanted = this.#search.value.trim().toLowerCase();
    const found = conversations.filter((conversation) => has(conversation, wanted));
    byId("none-found").hidden = found.length > 0 || conversations.length === 0;
    byId("conversations").replaceChildren(
      ...found.map((conversation) => {
        const attributes = { "aria-current": conversation.id === current.id && "true" };
        const open = () => {
          this.close();
          this.choose(conversation);
        };
        return element("li", {}, button(conversation.title, open, attributes));
      }),
    );
  }
}

/** Returns whether the title or a message contains a text. */
function has({ title, messages }, wanted) {
  return [title, ...messages.map(({ text }) => text)].some((text) => text.toLowerCase().includes(wanted));
}
