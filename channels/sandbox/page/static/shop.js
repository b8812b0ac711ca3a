// The shop's page: its buttons open the chat, which knows nothing of this page.
import { follow } from "./theme.js";

const chat = () => document.querySelector("parley-chat");

customElements.whenDefined("parley-chat").then(() => {
  follow((theme) => { if (theme) chat()?.setAttribute("theme", theme); });
  document.querySelector(".ask button").addEventListener("click", () => {
    chat()?.open();
  });
});
follow();
