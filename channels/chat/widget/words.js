// The widget's own words. A site may override any of them: <parley-chat>.words = {open: "…"}.

const EN = {
  chat: "Chat",
  open: "Open chat",
  close: "Close chat",
  unread: (n) => (n === 1 ? "1 unread message" : `${n} unread messages`),
  you: "You",
  write: "Write a message",
  send: "Send",
  attach: "Attach a file",
  remove: (name) => `Remove ${name}`,
  person: "Talk to a person",
  askPerson: "I would like to talk to a person.",
  typing: "Writing…",
  connecting: "Connecting…",
  down: "No connection. What you write is sent when it is back.",
  sending: "Sending…",
  failed: "Not sent.",
  retry: "Try again",
  discard: "Discard",
  tooLarge: (name, mb) => `${name} is larger than ${mb} MB.`,
  tooLong: (n) => `Too long by ${n} characters.`,
  uploadFailed: (name) => `${name} could not be uploaded.`,
  file: (name, size) => `${name}, ${size}`,
  messages: "Messages",
  edited: "Edited",
  gone: "This message was taken back.",
};

const FR = {
  chat: "Discussion",
  open: "Ouvrir la discussion",
  close: "Fermer la discussion",
  unread: (n) => (n === 1 ? "1 message non lu" : `${n} messages non lus`),
  you: "Vous",
  write: "Écrivez un message",
  send: "Envoyer",
  attach: "Joindre un fichier",
  remove: (name) => `Retirer ${name}`,
  person: "Parler à une personne",
  askPerson: "Je souhaite parler à une personne.",
  typing: "Écrit…",
  connecting: "Connexion…",
  down: "Pas de connexion. Vos messages partiront à son retour.",
  sending: "Envoi…",
  failed: "Non envoyé.",
  retry: "Réessayer",
  discard: "Abandonner",
  tooLarge: (name, mb) => `${name} dépasse ${mb} Mo.`,
  tooLong: (n) => `Trop long de ${n} caractères.`,
  uploadFailed: (name) => `${name} n’a pas pu être envoyé.`,
  file: (name, size) => `${name}, ${size}`,
  messages: "Messages",
  edited: "Modifié",
  gone: "Ce message a été retiré.",
};

/** Return the words for a language tag; English where we have none. */
export function wordsFor(lang, overrides = {}) {
  return { ...(/^fr\b/i.test(lang) ? FR : EN), ...overrides };
}
