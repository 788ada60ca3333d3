// Adds an entry to the menu of Buildbot's own pages. It leads to a route of the application, which
// leaves the application for our pages, whatever the prefix of a proxy.
(function () {
  "use strict";
  var h = React.createElement;
  var page = new URL("plugins/keychain/", window.location.href.split("#")[0]).href;
  function Leave() {
    React.useEffect(function () { window.location.replace(page); }, []);
    return h("p", null, h("a", {href: page}, "Secrets"));
  }
  var key = h("svg", {viewBox: "0 0 24 24", width: "1em", height: "1em", "aria-hidden": true},
    h("path", {fill: "currentColor",
      d: "M7 17a5 5 0 1 1 4.9-6H22v4h-3v3h-4v-3h-3.1A5 5 0 0 1 7 17zm0-3a2 2 0 1 0 0-4 2 2 0 0 0 0 4z"}));
  BuildbotPluginSupport.buildbotSetupPlugin(function (registrations) {
    registrations.registerMenuGroup({name: "keychain", parentName: null, caption: "Secrets",
      icon: key, order: 90, route: "/keychain"});
    registrations.registerRoute({route: "/keychain", group: "keychain",
      element: function () { return h(Leave); }});
  });
})();
