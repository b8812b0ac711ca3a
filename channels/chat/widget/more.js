// What an open chat has besides the conversation: fetched when it is first opened. It is given
// what the widget itself is made of, so that nothing comes twice.
import { amended } from "./amend.js";
import { attaching } from "./attach.js";
import { Sound, Title } from "./call.js";
import { showEmoji } from "./emoji.js";
import { download } from "./files.js";
import { expected } from "./outlook.js";
import { menuIn } from "./menu.js";
import { MORE_CSS } from "./morestyle.js";
import { MORE_EN, MORE_FR } from "./morewords.js";

export class More {
  constructor(panel, kit) {
    Object.assign(this, { panel, kit });
    panel.dialog.getRootNode().adoptedStyleSheets.push(kit.sheetOf(MORE_CSS));
    panel.chat.download = (file) => download(panel.chat, file);
    this.sound = new Sound(panel.chat.store);
    this.title = new Title(panel);
    panel.log.addEventListener("click", (event) => this.follow(event));
    this.labels = [attaching(this), menuIn(this)];
  }

  textsFor(lang) {
    return /^fr\b/i.test(lang) ? MORE_FR : MORE_EN;
  }

  /** What is said under the title of when an answer can be expected; undefined: nothing is known. */
  hint() {
    const { chat, words, lang } = this.panel;
    return expected(chat.about, words, lang);
  }

  show() {
    const { panel } = this;
    for (const label of this.labels) label();
    if (panel.isOpen && panel.words.react) showEmoji(this);
    if (panel.chat.puzzle) this.solve(panel.chat);
    const { form } = panel.chat.about;
    const key = form && panel.words.optional && JSON.stringify([form, panel.spoken]);
    if (key === this.key) return;
    if (key && !this.formOf) return this.fetchForm();
    this.key = key;
    const had = this.form;
    this.form = key ? this.formOf(this, form, had) : null;
    had?.remove();
    panel.log.classList.toggle("aside", Boolean(key));
    if (!key) return;
    panel.log.after(this.form);
    this.form.querySelector("input, select, textarea").focus();
  }

  /** Return the lines as they will stand when what the visitor changed has reached the desk. */
  amended(lines) {
    return amended(this.panel.chat, lines);
  }

  /** Many begin a chat from here at once: a moment's work lets this page in before its turn. */
  solve(chat) {
    const { puzzle } = chat;
    chat.puzzle = null;
    import(`${chat.desk}/chat/v1/puzzle.js`)
      .then(({ solve }) => solve(puzzle))
      .then((solution) => {
        if (chat.state !== "down") return;
        chat.solution = solution;
        chat.start();
      })
      .catch(() => {}); // its turn comes
  }

  fetchForm() {
    this.fetching ??= import(`${this.panel.chat.desk}/chat/v1/form.js`)
      .then(({ formOf }) => {
        this.formOf = formOf;
        this.show();
      })
      .catch(() => (this.fetching = null));
  }

  /** A link to an article opens inside; what asks for a page of its own, by a key, gets one. */
  follow(event) {
    const { chat } = this.panel;
    const link = event.target.closest("a");
    if (!link?.href.startsWith(chat.about.help ?? "//") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    import(`${chat.desk}/chat/v1/article.js`)
      .then(({ Reader }) => (this.reader ??= new Reader(this)).open(link))
      .catch(() => open(link.href, "_blank", "noopener"));
  }

  /** Something came from us: say so to who looks elsewhere. */
  call() {
    this.reader?.tell();
    if (this.panel.chat.looked) return;
    this.title.call();
    this.sound.play();
  }

  /** The questions are answered: the first message goes, and the conversation is there. */
  begin(text) {
    const { chat, composer } = this.panel;
    chat.about.form = null;
    if (text) chat.say({ text });
    else chat.flush();
    this.panel.show();
    composer.text.focus();
  }
}
