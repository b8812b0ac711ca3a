// Light or dark: the system's, until the switch is pressed; the shop's frame follows.

const NAME = "theme";

/** Apply what was chosen, also when it is chosen in another frame of this site. */
export function follow(changed = () => {}) {
  const apply = () => {
    const theme = localStorage.getItem(NAME);
    if (theme) document.documentElement.dataset.theme = theme;
    changed(theme ?? "");
  };
  addEventListener("storage", apply);
  apply();
}

/** Choose the other one. */
export function other() {
  const { theme } = document.documentElement.dataset;
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  localStorage.setItem(NAME, dark ? "light" : "dark");
  document.documentElement.dataset.theme = localStorage.getItem(NAME);
}
