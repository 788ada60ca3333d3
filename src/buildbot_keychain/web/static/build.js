// Adds a link to Buildbot's own page of a build, which leads to ours of the same build.
(function () {
  "use strict";
  var page = new URL("plugins/keychain/build", window.location.href.split("#")[0]).href;
  function link() {
    var build = /^#\/builders\/(\d+)\/builds\/(\d+)(?:[/?]|$)/.exec(window.location.hash);
    var view = build && document.querySelector(".bb-build-view");
    if (!view) return;
    var address = page + "?builderid=" + build[1] + "&number=" + build[2];
    var there = view.querySelector(":scope > .keychain-build");
    if (!there) {
      there = document.createElement("p");
      there.className = "keychain-build";
      there.append(document.createElement("a"));
      there.firstChild.textContent = "Secrets of this build";
      view.insertBefore(there, view.querySelector(":scope > .nav-tabs"));
    }
    if (there.firstChild.href !== address) there.firstChild.href = address;
  }
  // The application makes its pages anew as it pleases.
  new MutationObserver(link).observe(document.documentElement, {childList: true, subtree: true});
  window.addEventListener("hashchange", link);
  link();
})();
