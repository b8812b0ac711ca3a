// The widget's own words. A site may override any of them, <parley-chat>.words = {open: "…"}, and
// so may an inbox. What stands in braces is filled in.

const EN = {
  chat: "Chat",
  open: "Open chat",
  close: "Close chat",
  unreadOne: "1 unread message",
  unread: "{n} unread messages",
  you: "You",
  write: "Write a message",
  send: "Send",
  person: "Talk to a person",
  askPerson: "I would like to talk to a person.",
  typing: "Writing…",
  connecting: "Connecting…",
  down: "No connection. What you write is sent when it is back.",
  sending: "Sending…",
  failed: "Not sent.",
  retry: "Try again",
  discard: "Discard",
  tooLong: "Too long by {n} characters.",
  messages: "Messages",
  edited: "Edited",
  gone: "This message was taken back.",
};

const FR = {
  chat: "Discussion",
  open: "Ouvrir la discussion",
  close: "Fermer la discussion",
  unreadOne: "1 message non lu",
  unread: "{n} messages non lus",
  you: "Vous",
  write: "Écrivez un message",
  send: "Envoyer",
  person: "Parler à une personne",
  askPerson: "Je souhaite parler à une personne.",
  typing: "Écrit…",
  connecting: "Connexion…",
  down: "Pas de connexion. Vos messages partiront à son retour.",
  sending: "Envoi…",
  failed: "Non envoyé.",
  retry: "Réessayer",
  discard: "Abandonner",
  tooLong: "Trop long de {n} caractères.",
  messages: "Messages",
  edited: "Modifié",
  gone: "Ce message a été retiré.",
};

const AFAR = /^(de|es|it|pt)\b/i; // kept at the desk, and fetched by whoever needs them

/** Return the texts we carry for a language tag; English where we carry none. */
export function textsFor(lang) {
  return /^fr\b/i.test(lang) ? FR : EN;
}

/** Return the texts of a language that we do not carry; none, where there are none or no desk. */
export async function textsFrom(base, lang) {
  const [tongue] = AFAR.exec(lang) ?? [];
  if (!tongue) return {};
  const asked = fetch(`${base}/chat/v1/words/${tongue.toLowerCase()}`).then((r) => (r.ok ? r.json() : {}));
  return asked.catch(() => ({}));
}

/** Return texts ready for use: those with something to fill in are functions. */
export function wordsOf(texts) {
  const fill = (key) => (...said) => texts[key].replace(/\{(\w+)\}/g, (_, hole) => said[hole === "mb" ? 1 : 0]);
  const filled = ["remove", "tooLarge", "tooLong", "uploadFailed"].map((key) => [key, fill(key)]);
  const unread = (n) => (n === 1 ? texts.unreadOne : fill("unread")(n));
  return { ...texts, ...Object.fromEntries(filled), unread };
}
