// Begins, and follows a run where the page is served.
function begin() {
  document.getElementById("title").textContent = data.title;
  document.getElementById("about").textContent = data.about;
  document.getElementById("footer").textContent = `made by prover ${data.version}, ${data.made}`;
  show(location.hash.slice(2) || current);
}
if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
begin();
if (data.follows) {
  let seen = JSON.stringify(data.runs);
  setInterval(async () => {
    try {
      const answer = await fetch("data.json");
      if (!answer.ok) return;
      const fresh = await answer.json();
      const text = JSON.stringify(fresh.runs);
      if (text === seen) return;
      seen = text;
      const open = window.scrollY;
      data = fresh;
      document.querySelectorAll("main section").forEach((section) => delete section.dataset.drawn);
      begin();
      window.scrollTo(0, open);
    } catch { /* The server has gone; the page stays as it is. */ }
  }, 2000);
}
