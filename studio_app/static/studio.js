// Three things that only the browser can do.
(() => {
  // 1. Exchange the one-time sign-in ticket for an HttpOnly cookie, or have that cookie
  //    deleted; then load the same address again.
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
        if (answer.ok) return window.location.reload();
        throw new Error((await answer.json()).message);
      })
      .catch((error) => {
        element.textContent =
          "Your browser could not finish this. " + error.message + " Then reload this page.";
      });
  }

  // 2. The mlflow client of somebody who names the project by a header prints links to the root,
  //    with the place behind the `#`. Where one address serves all, that is Studio's first page.
  const workspace = new URLSearchParams(location.hash.split("?")[1]).get("workspace");
  if (location.pathname === "/" && location.hash.startsWith("#/") && workspace) {
    location.replace(`/projects/${encodeURIComponent(workspace)}/${location.hash}`);
    return;
  }

  // 3. On a phone the menu covers the page: a tap on a link of it closes it.
  if (window.studioMenu) return;
  window.studioMenu = true;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('[data-testid="stSidebar"] a, [role="dialog"] a');
    if (!link || window.innerWidth >= 768) return;
    document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  });
})();
