// What only the browser can do.
(() => {
  const KEPT = "studio-address";

  // 1. Exchange the one-time sign-in ticket for an HttpOnly cookie, or have cookies deleted; then
  //    go where the answer says, back to the kept address, or load the same address again.
  const element = document.querySelector("[data-studio-session]:not([data-done])");
  if (element) {
    const { studioSession: path, ticket } = element.dataset;
    element.dataset.done = "yes";
    fetch(path, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(ticket ? { ticket } : {}),
    })
      .then(async (answer) => {
        if (!answer.ok) throw new Error((await answer.json()).message);
        if ("stay" in element.dataset) return;
        const next = answer.status === 200 ? (await answer.json()).next : null;
        if (next) return window.location.assign(next);
        const kept = ticket ? sessionStorage.getItem(KEPT) : null;
        sessionStorage.removeItem(KEPT);
        if (kept?.startsWith("/") && new URL(kept, origin).origin === origin)
          return window.location.replace(kept);
        window.location.reload();
      })
      .catch((error) => {
        element.textContent =
          "Your browser could not finish this. " + error.message + " Then reload this page.";
      });
  }

  // 2. Take the secret of an invitation out of the address, where it must not stay, have an
  //    HttpOnly cookie keep it, and open the page that asks for a password.
  const door = document.querySelector("[data-studio-invitation]");
  if (door) {
    const invitation = location.hash.slice(1);
    history.replaceState(null, "", location.pathname);
    fetch("/auth/invitation", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ invitation }),
    })
      .then(async (answer) => {
        if (answer.ok) return location.replace("/invitation");
        throw new Error((await answer.json()).message);
      })
      .catch((error) => {
        door.textContent = "This invitation could not be opened. " + error.message;
      });
    return;
  }

  // 3. The way to the identity provider ends at the start page: keep the address of the form.
  if (document.querySelector("[data-studio-address]"))
    sessionStorage.setItem(KEPT, window.location.pathname + window.location.search);

  // 4. The mlflow client of somebody who names the project by a header prints links to the root,
  //    with the place behind the `#`. Where one address serves all, that is Studio's first page.
  const workspace = new URLSearchParams(location.hash.split("?")[1]).get("workspace");
  if (location.pathname === "/" && location.hash.startsWith("#/") && workspace) {
    location.replace(`/projects/${encodeURIComponent(workspace)}/${location.hash}`);
    return;
  }

  // 5. On a phone the menu covers the page: a tap on a link of it closes it.
  if (window.studioMenu) return;
  window.studioMenu = true;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('[data-testid="stSidebar"] a, [role="dialog"] a');
    if (!link || window.innerWidth >= 768) return;
    document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  });
})();
