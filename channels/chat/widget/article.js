// An article of the help centre, read inside the panel, in place of the messages.
import { ARTICLE_EN, ARTICLE_FR } from "./articlewords.js";
import { ARTICLE_CSS } from "./articlestyle.js";

export class Reader {
  constructor(more) {
    const { panel, kit } = more;
    Object.assign(this, { panel, kit });
    const { h } = kit;
    panel.dialog.getRootNode().adoptedStyleSheets.push(kit.sheetOf(ARTICLE_CSS));
    this.back = h("button", { class: "back", type: "button", onclick: () => this.close() });
    this.news = h("span", { class: "news", role: "status" });
    this.body = h("article", { class: "page", tabindex: 0, dir: "auto" });
    this.view = h("div", { class: "reader", hidden: true }, h("div", { class: "bar" }, this.back, this.news), this.body);
    this.view.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation(); // the article is closed, the chat stays
      this.close();
    });
    this.body.addEventListener("click", (event) => event.target.closest(".elsewhere") || more.follow(event));
    panel.log.after(this.view);
    panel.chat.addEventListener("change", () => this.look());
  }

  get words() {
    const { words, lang } = this.panel;
    return { ...(/^fr\b/i.test(lang) ? ARTICLE_FR : ARTICLE_EN), ...words };
  }

  /** Show the article that `link` leads to. */
  async open(link) {
    const { panel, words } = this;
    const { href } = link;
    if (this.view.hidden) this.from = { link, href };
    this.shown = href;
    this.said = panel.chat.outbox.all.length;
    this.lines = panel.chat.lines.length;
    this.news.textContent = "";
    this.back.textContent = `‹ ${words.back}`;
    this.view.hidden = false;
    panel.dialog.classList.add("reading");
    this.draw({ title: link.textContent, url: href, note: words.connecting });
    this.back.focus();
    const found = await this.fetched(href).catch(() => null);
    if (this.shown === href && !this.view.hidden) this.draw(found ?? { title: link.textContent, url: href, note: words.notHere });
  }

  async fetched(href) {
    const { chat } = this.panel;
    const { pathname, searchParams } = new URL(href);
    const slug = pathname.slice(new URL(chat.about.help).pathname.length);
    const headers = { Authorization: `Bearer ${chat.token}` };
    const lang = searchParams.get("lang") ?? this.panel.lang;
    const response = await fetch(`${chat.base}/articles/${slug}?lang=${encodeURIComponent(lang)}`, { headers });
    return response.ok ? response.json() : null;
  }

  draw({ title, url, lang, nodes = [], note }) {
    const { h, link, drawBlocks } = this.kit;
    if (lang) this.body.lang = lang;
    const elsewhere = link(url, [this.words.newTab], { class: "elsewhere", lang: this.panel.lang });
    const said = note && h("p", { class: "hint", role: "status" }, note);
    this.body.replaceChildren(h("h3", {}, title), ...[said].filter(Boolean), ...drawBlocks(nodes), h("p", {}, elsewhere));
    this.body.ariaLabel = title;
    this.body.scrollTop = 0;
  }

  /** Something came from us meanwhile: it is below, and nobody is torn out of his reading. */
  tell() {
    if (!this.view.hidden) this.news.textContent = this.words.newAnswer;
  }

  // Who writes himself wants to see the conversation.
  look() {
    if (this.view.hidden) return;
    const { lines, outbox } = this.panel.chat;
    if (outbox.all.length > this.said || lines.slice(this.lines).some((line) => line.me)) this.close(false);
  }

  close(back = true) {
    const { log, composer, dialog } = this.panel;
    this.view.hidden = true;
    dialog.classList.remove("reading");
    if (!back) return void (log.scrollTop = log.scrollHeight);
    const { link, href } = this.from;
    const again = link.isConnected ? link : [...log.querySelectorAll("a")].findLast((one) => one.href === href);
    (again ?? composer.text).focus();
  }
}
