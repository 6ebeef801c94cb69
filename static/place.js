// Fills in where somebody is, when they ask for it. Without this script the place is typed.
"use strict";

if (navigator.geolocation) {
  const templates = document.querySelectorAll("template");
  for (const root of [document, ...Array.from(templates, (one) => one.content)]) {
    for (const button of root.querySelectorAll("[data-locate]")) button.hidden = false;
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-locate]");
    if (!button) return;
    const question = button.closest("[data-question]");
    const input = question.querySelector("input");
    const error = question.querySelector(".error-message");
    navigator.geolocation.getCurrentPosition(({coords}) => {
      input.value = `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}`;
      error.textContent = "";
      input.dispatchEvent(new Event("input", {bubbles: true}));
      input.focus();
    }, () => { error.textContent = button.dataset.locate; });
  });
}
