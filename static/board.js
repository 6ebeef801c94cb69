// Copies the link next to a button. Without this script the link can still be selected.
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
