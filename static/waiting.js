/* Shows what waits on this device until there is network, and what became of it. */
(() => {
  const {outbox} = self.phieuStore;
  const list = document.getElementById("outbox");
  const title = document.getElementById("outbox-title");
  const some = document.getElementById("outbox-some");
  const none = document.getElementById("outbox-none");
  const back = document.getElementById("outbox-back");
  const again = document.getElementById("outbox-again");
  const mine = new Set();
  const tell = () => navigator.serviceWorker?.ready.then(({active}) => active.postMessage({flush: true}));

  const addInput = (form, name, value) => {
    const input = document.createElement("input");
    Object.assign(input, {type: "hidden", name, value});
    form.append(input);
  };

  const addFile = (form, name, file) => {
    const input = document.createElement("input");
    const chosen = new DataTransfer();
    chosen.items.add(file);
    Object.assign(input, {type: "file", name, files: chosen.files, hidden: true});
    form.append(input);
  };

  // What the server refused is sent once more as a page of its own, which says why.
  const resend = async ({id, address, type, body}) => {
    const form = document.createElement("form");
    Object.assign(form, {method: "post", action: address, enctype: type.split(";")[0]});
    const fields = await new Response(body, {headers: {"Content-Type": type}}).formData();
    for (const [name, value] of fields) {
      if (typeof value === "string") addInput(form, name, value);
      else if (value.name) addFile(form, name, value);
    }
    document.body.append(form);
    await outbox.remove(id);
    form.submit();
  };

  const line = (entry) => {
    const {content} = document.getElementById(`entry-${entry.state || "waiting"}`);
    const row = content.querySelector("li").cloneNode(true);
    const at = new Date(entry.at);
    row.querySelector("[data-at]").textContent =
      `${String(at.getHours()).padStart(2, 0)}:${String(at.getMinutes()).padStart(2, 0)}`;
    row.querySelectorAll("[data-home]").forEach((one) => { one.href = `/${entry.home}`; });
    row.querySelectorAll("[data-answer]").forEach((one) => { one.href = entry.answer; });
    row.querySelectorAll("[data-send]").forEach((one) => { one.hidden = entry.action !== "submit"; });
    row.querySelectorAll("[data-save]").forEach((one) => { one.hidden = entry.action === "submit"; });
    row.querySelector("button")?.addEventListener("click", () => resend(entry));
    return row;
  };

  const show = async () => {
    const all = await outbox.all();
    const sent = all.find((one) => one.state === "sent" && mine.has(one.id));
    if (sent && all.length === 1) return location.replace(sent.answer);
    for (const {id, home, state} of all) {
      if (!state) mine.add(id);
      back.href = `/${home}`;
      back.hidden = false;
    }
    list.replaceChildren(...all.map(line));
    none.hidden = all.length > 0;
    some.hidden = !all.some((one) => one.state !== "sent");
    if (some.hidden) document.title = title.textContent = title.dataset.none;
    again.hidden = !all.some((one) => !one.state);
  };

  navigator.serviceWorker?.addEventListener("message", show);
  again.addEventListener("click", tell);
  // A network that has just come back may take a moment to carry anything.
  addEventListener("online", () => [0, 3000, 10000].forEach((pause) => setTimeout(tell, pause)));
  setInterval(tell, 30000);
  tell();
  show().catch(() => {});
})();
