// The widget's looks, as a constructed sheet: no style element or attribute for a CSP to refuse.
// A site may set --parley-accent, --parley-on-accent and theme="light" or "dark".

const CSS = `
:host {
  all: initial; color-scheme: light dark; position: fixed; z-index: 2147483000;
  inset-block-end: 20px; inset-inline-end: 20px; font: 14px/1.45 system-ui, sans-serif;
  --accent: var(--parley-accent, light-dark(#4f46e5, #818cf8));
  --on-accent: var(--parley-on-accent, light-dark(#fff, #14162b));
  --ink: light-dark(#1d2030, #e8eaf3); --meta: light-dark(#5d6275, #a2a8bd);
  --ground: light-dark(#fff, #171926); --bot: light-dark(#f1f2f6, #232636);
  --agent: light-dark(#eeedfd, #2a2b4d); --hair: light-dark(#1d203019, #e8eaf31f);
  --edge: light-dark(#8a8fa3, #747a92); --red: light-dark(#b42318, #ff9c92);
  color: var(--ink); text-align: start;
}
:host([theme=light]) { color-scheme: light }
:host([theme=dark]) { color-scheme: dark }
[hidden] { display: none !important }
* { box-sizing: border-box; margin: 0; scrollbar-width: thin }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
svg { inline-size: 22px; block-size: 22px; fill: none; stroke: currentColor; stroke-width: 1.75;
  stroke-linecap: round; stroke-linejoin: round; flex: none }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%) }
.launcher { display: grid; place-items: center; position: relative; margin-inline-start: auto;
  inline-size: 56px; block-size: 56px; border-radius: 50%; background: var(--accent);
  color: var(--on-accent); box-shadow: 0 4px 16px #0b0d1a40; transition: transform .12s }
.launcher:hover { transform: translateY(-1px) }
.launcher svg { inline-size: 26px; block-size: 26px }
.badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px;
  padding: 0 6px; border-radius: 11px; background: light-dark(#b42318, #ffb4ab);
  color: light-dark(#fff, #410002); font-size: 12px; line-height: 22px; font-weight: 600; text-align: center }
.panel { display: flex; flex-direction: column; margin-block-end: 12px;
  inline-size: min(380px, 100vw - 40px); block-size: min(620px, 100dvh - 112px);
  background: var(--ground); border: 1px solid var(--hair); border-radius: 14px; overflow: hidden;
  box-shadow: 0 12px 40px #0b0d1a38; animation: rise .12s ease-out }
@keyframes rise { from { opacity: 0; transform: translateY(8px) } }
header { display: flex; align-items: center; gap: 8px; padding: 10px 8px 10px 16px;
  padding-inline: 16px 8px; border-block-end: 1px solid var(--hair) }
header div { flex: 1; min-inline-size: 0 }
h2 { font-size: 16px; font-weight: 600 }
.hint, .typing, .notice { font-size: 12px; color: var(--meta) }
.round { display: grid; place-items: center; inline-size: 44px; block-size: 44px; border-radius: 10px;
  color: var(--meta); flex: none }
.round:hover { background: var(--bot); color: var(--ink) }
.log { flex: 1; overflow: auto; overscroll-behavior: contain; padding: 16px; display: flex;
  flex-direction: column; gap: 12px; outline-offset: -2px }
.message { display: flex; flex-direction: column; align-items: flex-start; gap: 4px; max-inline-size: 85% }
.message.me { align-self: flex-end; align-items: flex-end }
.message.same { margin-block-start: -8px }
.message:has(+ .same) > .fate:not(.failed) { display: none }
.message:first-child { margin-block-start: auto }
.name, .fate { font-size: 12px; color: var(--meta); padding-inline: 4px }
.failed { color: var(--red); text-align: end }
.bubble { padding: 8px 12px; border-radius: 14px; background: var(--agent); overflow-wrap: anywhere;
  max-inline-size: 100% }
.bot .bubble, .system .bubble { background: var(--bot) }
.me .bubble { background: var(--accent); color: var(--on-accent) }
.waiting .bubble { opacity: .88 }
.bubble > * + * { margin-block-start: 8px }
p, li, td { unicode-bidi: plaintext }
a { color: inherit; text-decoration: underline; text-underline-offset: 2px }
.agent a, .bot a { color: light-dark(#4338ca, #a5b4fc) }
.file, .card, .choices button, .person { min-block-size: 44px; padding: 8px 14px; border-radius: 10px;
  border: 1px solid var(--edge); background: var(--ground); text-align: start }
.file { display: flex; align-items: center; gap: 10px; max-inline-size: 100%; overflow-wrap: anywhere }
small { display: block; font-size: 12px; color: var(--meta) }
.choices { display: flex; flex-wrap: wrap; gap: 8px; padding-block-start: 4px }
.choices button, .person { border-radius: 22px; border-color: var(--accent);
  color: light-dark(#4338ca, #a5b4fc); font-weight: 600 }
.file:hover, .card:hover, .choices button:hover, .person:hover { background: var(--bot) }
.typing { padding: 0 20px 6px }
footer { padding: 8px 12px 12px; border-block-start: 1px solid var(--hair) }
.person { border-color: transparent; padding: 8px; margin-block-end: 4px; font-size: 13px; background: none }
.composer .row { display: flex; align-items: flex-end; border: 1px solid var(--edge); border-radius: 14px }
.row:focus-within { outline: 2px solid var(--accent); outline-offset: -1px }
textarea { flex: 1; min-inline-size: 0; border: 0; outline: 0; resize: none; padding: 11px 4px;
  font: 16px/1.4 system-ui, sans-serif; color: inherit; background: none; max-block-size: 132px }
textarea:focus-visible { outline: 0 }
textarea::placeholder { color: var(--meta); opacity: 1 }
.send { background: var(--accent); color: var(--on-accent); border-radius: 12px; scale: .86 }
.send:hover { background: var(--accent); color: var(--on-accent) }
.send:disabled { background: none; color: var(--meta); cursor: default }
@media (max-width: 480px) {
  .panel { position: fixed; inset: 0; inline-size: auto; block-size: auto; margin: 0; border: 0; border-radius: 0 }
  .panel:not([hidden]) + .launcher { display: none }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important } }
@media (forced-colors: active) { .bubble, .launcher, .send { border: 1px solid } }
`;

let made;

/** Return the one sheet all chats of a page share. */
export function sheet() {
  return (made ??= sheetOf(CSS));
}

export function sheetOf(css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
