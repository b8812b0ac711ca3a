// The demo page: phones on the left, doors and what happens now on the right.
import { doors } from "./doors.js";
import { live } from "./live.js";
import { mail } from "./mail.js";
import { slack } from "./slack.js";
import { story } from "./story.js";
import { telegram } from "./telegram.js";
import { follow, other } from "./theme.js";

const root = (id) => document.getElementById(id);

follow();
root("switch").addEventListener("click", other);
live({
  dora: mail(root("dora"), "dora"),
  bruno: telegram(root("bruno"), "bruno"),
  chidi: slack(root("chidi"), "chidi"),
  story: story(document.querySelector(".story")),
});
doors();
