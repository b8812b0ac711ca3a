// A conversation to keep: as a file, or by e-mail.

/** Save the conversation as a file. */
export async function keep(chat, { you }) {
  const headers = { Authorization: `Bearer ${chat.token}` };
  const response = await fetch(`${chat.base}/transcript?you=${encodeURIComponent(you)}`, { headers });
  if (!response.ok) return;
  const href = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  Object.assign(link, { href, download: "chat.txt" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** Ask the desk for the conversation by e-mail; `say` gets what became of it. */
export async function mail(chat, { mailed, mailFailed }, say) {
  const headers = { Authorization: `Bearer ${chat.token}` };
  const sent = await fetch(`${chat.base}/letter`, { method: "POST", headers }).catch(() => ({}));
  say(sent.ok ? mailed : mailFailed);
}
