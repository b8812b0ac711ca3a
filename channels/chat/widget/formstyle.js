// The looks of the form before a chat.

export const FORM_CSS = `
.ask { flex: 1; overflow: auto; padding: 4px 16px 16px; display: flex; flex-direction: column; gap: 14px }
.ask > p { color: var(--meta) }
.field { display: flex; flex-direction: column; gap: 4px }
.field label { font-weight: 600 }
.field label span { font-weight: 400; color: var(--meta) }
.field input, .field select, .field textarea { font: 16px/1.4 system-ui, sans-serif; color: inherit;
  background: var(--ground); border: 1px solid var(--edge); border-radius: 10px; padding: 10px 12px;
  min-block-size: 44px; inline-size: 100%; min-inline-size: 0 }
.field textarea { min-block-size: 88px; max-block-size: none; flex: none }
.field [aria-invalid=true] { border-color: var(--red) }
.field :focus-visible { outline: 2px solid var(--accent); outline-offset: -1px }
.field > * { scroll-margin-block: 48px }
.wrong { unicode-bidi: normal; font-size: 12px; color: var(--red) }
.field.tick { display: grid; grid-template-columns: auto 1fr; align-items: start; column-gap: 10px }
.tick label { font-weight: 400; padding-block: 2px }
.field.tick input { inline-size: 22px; min-block-size: 22px; block-size: 22px; margin: 1px 0;
  accent-color: var(--accent); padding: 0 }
.tick .wrong { grid-column: 2 }
.primary { min-block-size: 44px; border-radius: 10px; background: var(--accent); color: var(--on-accent);
  font-weight: 600; flex: none }
.primary:disabled { opacity: .6; cursor: default }
`;
