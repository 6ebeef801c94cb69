// Copies the link next to a button, and ticks all of a list. Without this script the link can still
// be selected, and what is ticked for all still means all.
"use strict";

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const input = document.getElementById(button.dataset.copy);
    const label = button.firstChild;
    const text = label.data;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(input.value);
      label.data = button.dataset.copied;
      setTimeout(() => { label.data = text; }, 2000);
    });
  }
}

for (const input of document.querySelectorAll(".copy input")) {
  input.addEventListener("focus", () => input.select());
}

for (const all of document.querySelectorAll("[data-ticks]")) {
  const each = [...all.form.elements].filter((input) => input.name === all.dataset.ticks);
  all.addEventListener("change", () => {
    for (const input of each) input.checked = all.checked;
  });
  for (const input of each) {
    input.addEventListener("change", () => { all.checked = each.every((one) => one.checked); });
  }
}
