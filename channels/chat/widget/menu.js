// What else can be done with a conversation: keep it as a file, and be told of answers by a sound.
import { save } from "./files.js";
import { popup } from "./popup.js";

/** Put the menu into the panel's header; returns what names it in the words of now. */
export function menuIn({ panel, kit: { h }, sound }) {
  const { chat, words } = panel;
  const choices = () => {
    const file = [words.save, () => keep(chat, words)];
    const loud = [sound.on ? words.silent : words.loud, () => sound.toggle()];
    return chat.lines.length ? [file, loud] : [loud];
  };
  const button = popup(h, { look: "round", kind: "menu", sign: "⋯", name: null, choices });
  panel.cross.before(button);
  return () => (button.ariaLabel = words.options);
}

async function keep(chat, { you }) {
  const headers = { Authorization: `Bearer ${chat.token}` };
  const response = await fetch(`${chat.base}/transcript?you=${encodeURIComponent(you)}`, { headers });
  if (!response.ok) return;
  const href = URL.createObjectURL(await response.blob());
  save(href, "chat.txt");
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
