// The words around an article.

export const ARTICLE_EN = {
  back: "Back",
  newTab: "Open in a new tab",
  newAnswer: "New message",
  notHere: "This article cannot be shown here.",
};

export const ARTICLE_FR = {
  back: "Retour",
  newTab: "Ouvrir dans un nouvel onglet",
  newAnswer: "Nouveau message",
  notHere: "Cet article ne peut pas être affiché ici.",
};
