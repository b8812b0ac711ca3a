// The one line a site embeds: <script async src=".../chat/v1/widget.js" data-inbox="ID"></script>
// With data-inbox it puts the chat on the page; without, the site writes <parley-chat> itself.
import { ParleyChat } from "./element.js";
import { script } from "./home.js";

if (!customElements.get("parley-chat")) customElements.define("parley-chat", ParleyChat);

if (script?.dataset.inbox && !document.querySelector("parley-chat")) {
  const chat = document.createElement("parley-chat");
  for (const [name, value] of Object.entries(script.dataset)) {
    chat.setAttribute(name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`), value);
  }
  const place = () => document.body.append(chat);
  if (document.body) place();
  else document.addEventListener("DOMContentLoaded", place);
}
