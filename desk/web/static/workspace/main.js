// The workspace: four panes, one stream, every key.

import { append, h } from "../core/dom.js";
import { effect, untracked } from "../core/signal.js";
import { firstWork } from "./store/furniture.js";
import * as list from "./store/list.js";
import { connected, follow } from "./store/live.js";
import { sendAgain } from "./store/outbox.js";
import * as notices from "./store/notices.js";
import { drawer, number, pane, view } from "./store/place.js";
import * as refresh from "./store/refresh.js";
import * as writing from "./store/writing.js";
import { bar } from "./view/bar.js";
import { casePane } from "./view/case.js";
import { customerPane } from "./view/customer.js";
import { listenToKeys } from "./view/keys.js";
import { listPane } from "./view/list.js";
import { navPane } from "./view/nav.js";
import { askToSignIn } from "./view/signin.js";
import { toasts } from "./view/toast.js";
import { viewName } from "./words/views.js";

const app = document.getElementById("app");
const mark = document.querySelector(".mark-holder");

list.begin();
effect(() => {
  const name = view();
  untracked(() => list.show(name));
});
refresh.begin();
writing.begin();
notices.begin();
const panes = h(
  "main",
  { class: "panes", id: "main", tabindex: "-1" },
  h("h1", { class: "unseen" }, () => viewName(view())),
  listPane(),
  casePane(),
  customerPane(),
);
append(app, [bar([...mark.childNodes]), navPane(), panes, toasts()]);
effect(() => {
  app.dataset.pane = pane();
  app.dataset.drawer = drawer();
  app.dataset.open = number() !== null;
});
effect(() => connected() && untracked(sendAgain));
listenToKeys();
askToSignIn();
follow(firstWork.cursor);
document.body.dataset.ready = "true";
