// What else can be done with a conversation: keep it as a file, get it by
// e-mail, and be told of answers by a sound.
import { keep, mail } from "./keep.js";
import { popup } from "./popup.js";

/** Put the menu into the panel's header; returns what names it in the words of now. */
export function menuIn({ panel, kit: { h }, sound }) {
  const { chat, words } = panel;
  const told = h("p", { class: "told", role: "status", dir: "auto" });
  panel.typing.before(told);
  const choices = () => {
    const { outlook, has_address: known } = chat.about;
    const answered = chat.lines.some(({ from }) => from?.kind === "agent");
    const file = [words.save, () => keep(chat, words)];
    const letter = [words.mail, () => mail(chat, words, say)];
    const loud = [sound.on ? words.silent : words.loud, () => sound.toggle()];
    return [...(chat.lines.length ? [file] : []), ...(outlook?.letters && known && answered ? [letter] : []), loud];
  };
  const button = popup(h, { look: "round", kind: "menu", sign: "⋯", name: null, choices });
  panel.cross.before(button);
  return () => (button.ariaLabel = words.options);

  function say(text) {
    told.textContent = text;
    clearTimeout(told.quiet);
    told.quiet = setTimeout(() => (told.textContent = ""), 8000);
  }
}
