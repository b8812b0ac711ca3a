// Light, dark, or as the system: at once here, and remembered for every page.

import { signal } from "../../core/signal.js";
import { t } from "../../core/words.js";

const root = document.documentElement;
const chosen = signal(root.dataset.theme);

const choose = (value) => {
  chosen.set(value);
  root.dataset.theme = value;
  const form = new URLSearchParams({ theme: value, next: "/workspace" });
  fetch("/theme", { method: "POST", body: form, redirect: "manual" }).catch(() => null);
};

const NAMES = {
  light: () => t("Light"),
  dark: () => t("Dark"),
  auto: () => t("Colours as the system"),
};

export const theme = {
  choices: () =>
    Object.keys(NAMES).map((value) => ({
      text: NAMES[value](),
      chosen: chosen() === value,
      pick: () => choose(value),
    })),
};
