// Where we are: the view, the open case and, on small screens, the pane; kept in the address.

import { batch, signal } from "../../core/signal.js";

export const view = signal("mine");
export const number = signal(null); // of the open case
export const pane = signal("list"); // list | case | customer: what a small screen shows
export const drawer = signal(false); // the customer beside the case, on middling screens

const read = () =>
  batch(() => {
    const found = /^\/workspace\/(\d+)$/.exec(location.pathname);
    number.set(found ? Number(found[1]) : null);
    view.set(new URLSearchParams(location.search).get("view") ?? "mine");
    pane.set(found ? "case" : "list");
  });

const address = () => {
  const path = number.peek() ? `/workspace/${number.peek()}` : "/workspace";
  return view.peek() === "mine" ? path : `${path}?view=${encodeURIComponent(view.peek())}`;
};

export const addressOf = (one) =>
  view() === "mine" ? `/workspace/${one}` : `/workspace/${one}?view=${encodeURIComponent(view())}`;

export function goToCase(one) {
  batch(() => {
    number.set(one);
    pane.set(one === null ? "list" : "case");
    drawer.set(false);
  });
  if (location.pathname + location.search !== address()) history.pushState(null, "", address());
}

export function goToView(name) {
  batch(() => {
    view.set(name);
    pane.set("list");
  });
  if (location.pathname + location.search !== address()) history.pushState(null, "", address());
}

addEventListener("popstate", read);
read();
