// Looks again, every few seconds, at the part of a page that says how far some work is.
// Without this file the link in that part does.
"use strict";

(() => {
  const SELECTOR = "[data-refresh]";

  const later = () => {
    const part = document.querySelector(SELECTOR);
    if (part) setTimeout(() => look(part), Number(part.dataset.refresh) * 1000);
  };

  const look = async (part) => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      // Signed out, or something else was answered: leave what is shown.
      if (answer.ok && fresh && fresh.innerHTML !== part.innerHTML) replace(part, fresh);
    } catch {
      // No network: the next look may find it again.
    }
    later();
  };

  const replace = (part, fresh) => {
    const at = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.replaceWith(document.importNode(fresh, true));
    if (at) document.getElementById(at)?.focus();
  };

  later();
})();
