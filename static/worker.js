/* Opens the pages of a link without network, and sends what was sent meanwhile when it is back.
 * `VERSION` stands before this file: a cache of another version goes. Pages say themselves that
 * they are to be kept; the board's never do, nor do receipts. */
const {typed, outbox} = self.phieuStore;
const CACHE = `phieu-${VERSION}`;
const PAGES = ["/cho-gui", "/khong-mang"].flatMap((path) => [path, `${path}?lang=en`]);
const ASSET = /^\/(static|bootstrap|hinh)\//;
const PART = /\b(?:href|src)="(\/(?:static|bootstrap|hinh)\/[^"]+)"/g;
// The form of a link, a section of it, or its review: what may be sent later.
const SENT_LATER = /^\/([0-9A-Za-z][-0-9A-Za-z]{9,})(\/muc\/\w+|\/kiem-tra)?$/;
const PATIENCE = 8000;
// A server that is being restarted.
const ABSENT = new Set([502, 503, 504]);

const languageOf = (address) => (address.searchParams.get("lang") === "en" ? "?lang=en" : "");

// --- keeping ---

const put = async (cache, address, options) => {
  const answer = await fetch(address, options);
  if (!answer.ok || answer.redirected) return undefined;
  await cache.put(address, answer.clone());
  return answer;
};

const putNew = async (cache, address) => {
  if (!(await cache.match(address))) await put(cache, address);
};

// A page is kept with all that it is made of.
const putPage = async (cache, address, options) => {
  const html = await (await put(cache, address, options))?.text() ?? "";
  const parts = [...html.matchAll(PART)].map(([, part]) => part.replaceAll("&amp;", "&"));
  await Promise.allSettled([...new Set(parts)].map((part) => putNew(cache, part)));
};

const keep = async ({page, pages}) => {
  const cache = await caches.open(CACHE);
  // The browser has the first one already.
  const waiting = [putPage(cache, page, {cache: "force-cache"})];
  waiting.push(...pages.map((address) => putPage(cache, address)));
  await Promise.allSettled(waiting);
};

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await Promise.all([...PAGES, ...ASSETS].map((address) => put(cache, address)));
  })());
});

addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith("phieu-") && name !== CACHE);
    await Promise.all(names.map((name) => caches.delete(name)));
    await clients.claim();
  })());
});

// --- opening ---

// A kept page is not a page that was opened twice: it gets an instance of its own, and says that it
// is a kept one, or the whole form in place of one that is not kept.
const opened = async (answer, kind = "") => {
  const html = (await answer.text())
    .replace(/(name="instance" value=")[^"]*/, `$1${crypto.randomUUID()}`)
    .replace("<html", `<html data-cached="${kind}"`);
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  return new Response(html, {headers});
};

const instead = async (address) => {
  const cache = await caches.open(CACHE);
  const language = languageOf(address);
  const whole = `${SENT_LATER.exec(address.pathname) ? "/" + address.pathname.split("/")[1] : ""}?all=1`;
  const tries = [address.href, whole + language.replace("?", "&"), whole];
  for (const one of tries) {
    const found = await cache.match(one);
    if (found) return opened(found, one === address.href ? "" : "whole");
  }
  return (await cache.match(`/khong-mang${language}`)) || Response.error();
};

const open = async (request, address) => {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request.url);
  const network = fetch(request).then(async (answer) => {
    if (kept && answer.ok) await cache.put(request.url, answer.clone());
    if (kept && /^4/.test(answer.status)) await cache.delete(request.url);
    return ABSENT.has(answer.status) && kept ? opened(kept) : answer;
  });
  const patience = new Promise((resolve) => {
    if (kept) setTimeout(() => resolve(instead(address)), PATIENCE);
  });
  return Promise.race([network.catch(() => instead(address)), patience]);
};

const asset = async (request) => {
  const found = await caches.match(request);
  if (found) return found;
  const answer = await fetch(request);
  const cache = await caches.open(CACHE);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
};

// --- sending ---

const tell = async () => {
  for (const client of await clients.matchAll()) client.postMessage({outbox: true});
};

// The body is taken as a blob, which a browser keeps on the disk when it holds large files.
const post = async (request, address) => {
  const type = request.headers.get("Content-Type");
  const body = await request.blob();
  const entry = {address: address.href, type, body};
  let answer;
  try {
    answer = await send(entry, "manual");
    if (!ABSENT.has(answer.status)) return answer;
  } catch {
    // Without network it waits.
  }
  try {
    await queue(entry, SENT_LATER.exec(address.pathname)[1]);
  } catch {
    // There is no room on this device: the browser has to say it.
    return answer || Response.error();
  }
  return Response.redirect(`/cho-gui${languageOf(address)}`, 303);
};

const send = ({address, type, body}, redirect) =>
  fetch(address, {method: "POST", headers: {"Content-Type": type}, body, redirect});

const queue = async (entry, home) => {
  const {type, body} = entry;
  const action = (await new Response(body, {headers: {"Content-Type": type}}).formData()).get("action");
  await outbox.put({...entry, home, action, at: Date.now()});
  if (action === "submit") {
    for (const {page} of await typed.all()) if (page.startsWith(`${home}/`)) await typed.remove(page);
  }
  await self.registration.sync?.register("phieu").catch(() => {});
  await tell();
};

// Send again, in order, what waits; the server knows by its instance what has come before.
const flush = async () => {
  for (const entry of await outbox.all()) {
    if (entry.state) continue;
    let answer;
    try {
      answer = await send(entry, "follow");
    } catch {
      return;
    }
    if (answer.status >= 500 || answer.status === 429) return;
    if (answer.ok) await done(entry, answer.url);
    else await outbox.put({...entry, state: "refused"});
    await tell();
  }
};

const done = async ({id, home, action, at}, answer) => {
  if (action === "submit") await outbox.put({id, home, action, at, state: "sent", answer});
  else await outbox.remove(id);
};

let flushing;
const flushOnce = () => (flushing ??= navigator.locks.request("phieu", flush)
  .finally(() => { flushing = undefined; }));

// --- what happens ---

addEventListener("fetch", (event) => {
  const {request} = event;
  const address = new URL(request.url);
  if (address.origin !== location.origin) return;
  if (request.method === "GET" && ASSET.test(address.pathname)) event.respondWith(asset(request));
  if (request.mode !== "navigate") return;
  const isForm = SENT_LATER.test(address.pathname);
  const isOurs = isForm || PAGES.includes(address.pathname);
  if (isOurs && request.method === "GET") event.respondWith(open(request, address));
  if (isForm && request.method === "POST") event.respondWith(post(request, address));
});

addEventListener("message", (event) => {
  if (event.data.keep) event.waitUntil(keep(event.data.keep));
  if (event.data.flush) event.waitUntil(flushOnce());
});

addEventListener("sync", (event) => event.waitUntil(flushOnce()));
