// Takes a file once, as soon as the page says that it is made; without this file its button does.
"use strict";

(() => {
  const watcher = new MutationObserver(() => take());

  const take = () => {
    const made = document.querySelector("[data-take]");
    if (!made) return;
    watcher.disconnect();
    // Opened again, the page takes nothing by itself.
    history.replaceState(null, "", location.pathname);
    location.assign(made.dataset.take);
  };

  watcher.observe(document.getElementById("main"), { childList: true, subtree: true });
  take();
})();
