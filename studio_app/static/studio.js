// Two things that only the browser can do.
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

  // 2. On a phone the menu covers the page: a tap on a link of it closes it.
  if (window.studioMenu) return;
  window.studioMenu = true;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('[data-testid="stSidebar"] a, [role="dialog"] a');
    if (!link || window.innerWidth >= 768) return;
    document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  });
})();
