// Tables of inputs: paste a block from Excel, move with Enter and arrows, see at once how each cell is read.
// Without this script the form is sent as it is and the page tells the same.
//
//   <form data-grid data-check="/address/">      asked how changed cells are understood; writes nothing
//     <input type="hidden" name="b.12">          what the page had shown of row 12 (sent along)
//     <table data-grid-table>                    rows with equally many cells, locked ones included
//       <input data-cell id="x" name="c.12.unit"> <div id="x-answer"></div>
//     <p data-grid-status role="status"></p> <button type="button" data-grid-undo hidden>
//
// The answer is {"cells": {"c.12.unit": {"state": "changed|same|refused|clash|theirs", "answer": "…"}}}.
"use strict";

const WAIT = 400;
let asked = 0;
let timer = 0;

const isChanged = (cell) =>
  cell.options ? ![...cell.options].some((o) => o.selected && o.defaultSelected) : cell.value !== cell.defaultValue;

function showAnswer(cell, found) {
  const box = document.getElementById(`${cell.id}-answer`);
  if (!box) return;
  box.textContent = found ? found.answer : "";
  box.dataset.state = found ? found.state : "same";
  cell.toggleAttribute("aria-invalid", Boolean(found) && ["refused", "clash"].includes(found.state));
}

async function ask(form) {
  const mine = ++asked;
  const cells = [...form.querySelectorAll("[data-cell]")].filter((cell) => isChanged(cell) || cell.dataset.seen);
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  const rows = new Set();
  for (const cell of cells) {
    cell.dataset.seen = "yes";
    body.append(cell.name, cell.value);
    rows.add(cell.name.split(".")[1]);
  }
  for (const row of rows) {
    const base = form.elements[`b.${row}`];
    if (base) body.append(base.name, base.value);
    // Cells that others depend on (the unit) go with them, changed or not.
    form.querySelectorAll(`[data-needed][name^="c.${row}."]`).forEach((cell) => {
      if (!body.has(cell.name)) body.append(cell.name, cell.value);
    });
  }
  let answer;
  try {
    const response = await fetch(form.dataset.check, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    answer = (await response.json()).cells;
  } catch {
    say(form, "読み取りを確かめられませんでした。保存するときにもう一度確かめます。");
    return;
  }
  if (mine !== asked) return;
  for (const cell of cells) showAnswer(cell, answer[cell.name]);
}

function askSoon(form) {
  clearTimeout(timer);
  timer = setTimeout(() => ask(form), WAIT);
}

function say(form, text) {
  const box = form.querySelector("[data-grid-status]");
  if (box) box.textContent = text;
}

// --- pasting ---------------------------------------------------------------------------------------------

// What Excel puts on the clipboard: tabs, line ends, and quotes around cells that hold either.
function readBlock(text) {
  const rows = [[]];
  const pattern = /(?:^|(?<=[\t\n]))"((?:[^"]|"")*)"(?=[\t\n]|$)|[^\t\n]+|\t|\n/g;
  let cell = "";
  for (const [found, quoted] of text.replace(/\r\n?/g, "\n").replace(/\n$/, "").matchAll(pattern)) {
    if (found === "\t" || found === "\n") {
      rows.at(-1).push(cell);
      cell = "";
      if (found === "\n") rows.push([]);
    } else {
      cell = quoted === undefined ? found : quoted.replaceAll('""', '"');
    }
  }
  rows.at(-1).push(cell);
  return rows;
}

const cellsOf = (table) =>
  [...table.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("[data-cell]")]).filter((row) => row.length);

function setCell(cell, text) {
  if (cell.readOnly || cell.disabled) return false;
  if (!cell.options) {
    cell.value = text;
    return true;
  }
  const option = [...cell.options].find((o) => [o.value, o.label].includes(text.trim()));
  if (option) cell.value = option.value;
  return Boolean(option);
}

function paste(event) {
  const cell = event.target.closest("[data-grid-table] [data-cell]");
  const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
  if (!cell || !/[\t\r\n]/.test(text.trimEnd()) || (cell.localName === "textarea" && !text.includes("\t"))) return;
  event.preventDefault();
  const form = cell.form;
  const grid = cellsOf(cell.closest("[data-grid-table]"));
  const top = grid.findIndex((row) => row.includes(cell));
  const left = grid[top].indexOf(cell);
  const before = [];
  let outside = 0;
  let locked = 0;
  readBlock(text).forEach((row, down) =>
    row.forEach((value, right) => {
      const target = grid[top + down] && grid[top + down][left + right];
      const old = target && target.value;
      if (!target) outside += value.trim() ? 1 : 0;
      else if (!setCell(target, value)) locked += 1;
      else before.push([target, old]);
    }),
  );
  form.undoPaste = before;
  before.forEach(([target]) => target.dispatchEvent(new Event("input", { bubbles: true })));
  const undo = form.querySelector("[data-grid-undo]");
  if (undo) undo.hidden = false;
  const left_out = [outside && `表の外の${outside}個`, locked && `入力できない${locked}個`].filter(Boolean).join("と");
  say(form, `${before.length}個のセルに貼り付けました。${left_out ? `${left_out}は貼り付けていません。` : ""}まだ保存していません。`);
}

function undoPaste(form) {
  for (const [cell, old] of form.undoPaste || []) {
    cell.value = old;
    cell.dispatchEvent(new Event("input", { bubbles: true }));
  }
  form.undoPaste = [];
  say(form, "貼り付けを元に戻しました。");
}

// --- moving ----------------------------------------------------------------------------------------------

function move(event) {
  const cell = event.target.closest("[data-grid-table] input[data-cell]");
  if (!cell || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const arrows = cell.hasAttribute("list") ? {} : { ArrowDown: 1, ArrowUp: -1 };
  const step = event.key === "Enter" ? (event.shiftKey ? -1 : 1) : arrows[event.key];
  if (!step) return;
  event.preventDefault();
  const grid = cellsOf(cell.closest("[data-grid-table]"));
  const at = grid.findIndex((row) => row.includes(cell));
  const next = grid[at + step] && grid[at + step][grid[at].indexOf(cell)];
  if (!next) return;
  next.focus();
  if (next.select) next.select();
}

document.addEventListener("paste", paste);
document.addEventListener("keydown", move);
document.addEventListener("input", (event) => {
  const form = event.target.matches("[data-cell]") && event.target.form;
  if (form && form.dataset.check) askSoon(form);
});
document.addEventListener("click", (event) => {
  const undo = event.target.closest("[data-grid-undo]");
  if (undo) undoPaste(undo.form);
});
