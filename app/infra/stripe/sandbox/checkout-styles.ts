/** The checkout page's stylesheet: served as a file, because the page's policy allows no inline styles. */
export const CHECKOUT_STYLES = `
:root { color-scheme: light dark; --bg: #f6f7f9; --card: #fff; --ink: #16181d; --muted: #545b68; --line: #d5d9e0;
  --accent: #1d4ed8; --on-accent: #fff; --danger: #b42318; --danger-bg: #fef3f2; --warn-bg: #fef0c7; --warn-ink: #5c3a00; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #101217; --card: #191c23; --ink: #eef0f4; --muted: #a4acba; --line: #383e4a; --accent: #8ab0ff;
    --on-accent: #0b1020; --danger: #ffa198; --danger-bg: #32171a; --warn-bg: #4a3200; --warn-ink: #ffe7ae; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
.banner { background: var(--warn-bg); color: var(--warn-ink); padding: 12px 16px; text-align: center; }
.banner strong, .banner span { display: block; }
main { max-width: 480px; margin: 24px auto; padding: 24px 16px; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; }
@media (max-width: 520px) { main { margin: 0; border-width: 0 0 1px; border-radius: 0; } }
h1 { font-size: 1.375rem; margin: 0 0 16px; }
h2 { font-size: 1rem; margin: 0; }
ul { list-style: none; margin: 0; padding: 0; }
.lines li, .total, .cards li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 16px; }
.lines li, .cards li { padding: 8px 0; overflow-wrap: anywhere; }
.total { margin: 0 0 24px; padding-top: 12px; border-top: 1px solid var(--line); font-size: 1.125rem; }
.field { margin-bottom: 16px; }
label { display: block; margin-bottom: 4px; font-weight: 600; }
input, select { width: 100%; min-height: 44px; padding: 8px 12px; font: inherit; color: inherit; background: var(--bg);
  border: 1px solid var(--muted); border-radius: 8px; }
input[aria-invalid] { border-color: var(--danger); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
button { width: 100%; min-height: 48px; font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent);
  border: 0; border-radius: 8px; cursor: pointer; }
a { color: var(--accent); }
.cancel a, .cards a, .chosen { display: inline-block; padding: 10px 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.alert { margin-bottom: 16px; padding: 8px 16px; color: var(--danger); background: var(--danger-bg); border-radius: 8px; }
.alert p { margin: 4px 0; }
.problem { margin: 4px 0 0; color: var(--danger); }
.muted, .chosen { color: var(--muted); margin: 0; }
.cancel { text-align: center; }
main.wide { max-width: 760px; }
input[type='radio'] { width: 20px; min-height: 20px; margin: 0; padding: 0; accent-color: var(--accent); }
.second { color: var(--accent); background: transparent; border: 1px solid var(--accent); }
.small { width: auto; min-height: 44px; padding: 8px 12px; font-size: 0.875rem; color: var(--accent);
  background: transparent; border: 1px solid var(--line); }
.stack button + button { margin-top: 12px; }
.amount { text-align: right; font-variant-numeric: tabular-nums; }
.rows { margin: 8px 0 24px; }
.rows li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 16px;
  padding: 10px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.code { margin: 0 0 16px; padding: 16px 0; border-bottom: 1px solid var(--line); }
.saved { margin: 0 0 16px; padding: 12px 16px; border: 1px solid var(--line); border-radius: 8px; }
.choice { display: flex; align-items: center; gap: 12px; min-height: 44px; font-weight: 400; }
summary { padding: 10px 0; color: var(--accent); cursor: pointer; }
.add { margin-bottom: 24px; }
main > h2 { margin-top: 24px; }
.cards { margin-top: 16px; padding-top: 16px; border-top: 1px solid var(--line); }
.cards li + li { border-top: 1px solid var(--line); }
`;
