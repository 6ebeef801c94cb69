/* What is typed and not sent yet, kept on this device alone: `typed` by page (link and form
 * version), `outbox` in the order of sending. Pages and the service worker share it. */
self.phieuStore = (() => {
  const open = () => new Promise((resolve, reject) => {
    const request = indexedDB.open("phieu", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("typed", {keyPath: "page"});
      request.result.createObjectStore("outbox", {keyPath: "id", autoIncrement: true});
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  let opened;
  const act = async (name, mode, work) => {
    const database = await (opened ??= open());
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(name, mode);
      const request = work(transaction.objectStore(name));
      // A page that is going away does not live to see its request succeed, and commit.
      if (mode === "readwrite") transaction.commit?.();
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  };

  const store = (name) => ({
    get: (key) => act(name, "readonly", (all) => all.get(key)),
    all: () => act(name, "readonly", (all) => all.getAll()),
    put: (value) => act(name, "readwrite", (all) => all.put(value)),
    remove: (key) => act(name, "readwrite", (all) => all.delete(key)),
    clear: () => act(name, "readwrite", (all) => all.clear()),
  });

  const typed = store("typed");
  const outbox = store("outbox");

  return {
    typed,
    outbox,
    // Forget what was typed on the pages of a link, and what was sent from there.
    forget: async (link) => {
      for (const {page} of await typed.all()) if (page.startsWith(link + "/")) await typed.remove(page);
      for (const {id, home, state} of await outbox.all()) {
        if (state === "sent" && home === link) await outbox.remove(id);
      }
    },
  };
})();
