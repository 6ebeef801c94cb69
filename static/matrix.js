// In a table of numbers, up and down move between the rows. Without this script Tab moves on.
"use strict";

document.addEventListener("keydown", (event) => {
  const step = {ArrowUp: -1, ArrowDown: 1}[event.key];
  const cell = event.target.matches("input[type=text]") && event.target.closest(".matrix-table td");
  if (!step || !cell) return;
  const rows = cell.closest("table").rows;
  let index = cell.parentElement.rowIndex + step;
  while (rows[index] && rows[index].hidden) index += step;
  const next = rows[index] && rows[index].cells[cell.cellIndex];
  const input = next && next.querySelector("input");
  if (!input) return;
  event.preventDefault();
  input.focus();
  input.select();
});
