// The looks of what only an open chat has: rich text, files, the menu, emoji.

export const MORE_CSS = `
.heading { font-weight: 600 }
ul, ol { padding-inline-start: 20px }
blockquote { border-inline-start: 2px solid currentColor; padding-inline-start: 10px; opacity: .85 }
code { font: 13px ui-monospace, monospace; background: light-dark(#1d203012, #e8eaf31c);
  border-radius: 4px; padding: 1px 4px }
pre { overflow: auto; padding: 8px; border-radius: 6px; background: light-dark(#1d203012, #e8eaf31c) }
pre code { background: none; padding: 0 }
.wide { overflow: auto; overflow-wrap: normal }
table { border-collapse: collapse }
th, td { border: 1px solid var(--hair); padding: 4px 8px; text-align: start }
hr { border: 0; border-block-start: 1px solid currentColor; opacity: .2 }
.spoiler:not(:hover, :focus) { background: currentColor; border-radius: 4px }
.card { display: flex; align-items: center; justify-content: space-between; gap: 12px;
  inline-size: 100%; font-weight: 600; text-decoration: none; color: inherit !important }
.card::after { content: "↗"; color: var(--meta) }
.card[href*="/help/"]::after { content: "›"; font-size: 20px; line-height: 1 }
.chips { display: flex; flex-wrap: wrap; gap: 6px }
.chip { display: flex; align-items: center; gap: 6px; padding-inline-start: 10px; margin-block-end: 6px;
  min-block-size: 44px; border-radius: 10px; background: var(--bot); font-size: 13px; overflow-wrap: anywhere }
.chip button { display: grid; place-items: center; inline-size: 44px; block-size: 44px }
.chip svg { inline-size: 16px; block-size: 16px }
progress { inline-size: 64px; margin-inline: 4px 10px; accent-color: var(--accent) }
.log.aside { flex: none; max-block-size: 40% }
.menu, .choice { display: flex; position: absolute; z-index: 3; padding: 4px; border: 1px solid var(--hair);
  border-radius: 10px; background: var(--ground); box-shadow: 0 4px 16px #0b0d1a2e }
.menu { inset-block-start: 100%; inset-inline-end: 8px; flex-direction: column }
.menu button { min-block-size: 44px; padding: 0 14px; border-radius: 6px; text-align: start }
.menu button:hover { background: var(--bot) }
.told:not(:empty) { padding: 4px 20px 8px; font-size: 12px; color: var(--meta) }
.notice:not(:empty) { padding: 4px; color: var(--red) }
.acts { display: flex; justify-content: flex-end; gap: 16px }
.failed button { text-decoration: underline; min-block-size: 44px }
.panel { position: relative }
@media (max-width: 480px) { .panel { position: fixed } }
header .round { font-size: 18px }
header, .message { position: relative }
.message:not(.me) { align-self: flex-start }
.react { position: absolute; inset-inline-start: 100%; inset-block-end: 22px; margin-inline-start: 6px;
  inline-size: 28px; block-size: 28px; border-radius: 50%; color: var(--meta); font-size: 18px;
  line-height: 1; opacity: 0 }
.react::after { content: ""; position: absolute; inset: -8px }
.react:hover { background: var(--bot); color: var(--ink) }
.message:hover > .react, .message:focus-within > .react, .message:last-child > .react { opacity: 1 }
@media (hover: none) { .react { opacity: .8 } }
.me > .react { inset-inline: auto 100%; margin-inline: 0 6px }
.amending .chips, .amending .row > :first-child { display: none }
.choice, .me > .menu { inset-block-start: calc(100% - 20px); animation: rise .12s ease-out }
.choice { inset-inline-start: 0; border-radius: 24px; padding: 2px 4px }
.choice button { inline-size: 44px; block-size: 44px; border-radius: 50%; font-size: 20px }
.choice button:hover, .choice [aria-pressed=true] { background: var(--agent) }
.emoji { display: flex; gap: 4px; margin-block-start: -8px; padding-inline: 8px; z-index: 1 }
.emoji > * { min-inline-size: 30px; block-size: 24px; line-height: 22px; text-align: center; font-size: 13px;
  border: 1px solid var(--hair); border-radius: 12px; background: var(--ground); position: relative }
.emoji button { border-color: var(--accent) }
.emoji button::after { content: ""; position: absolute; inset: -10px 0 }
`;
