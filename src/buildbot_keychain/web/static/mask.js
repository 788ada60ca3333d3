// Masks the fields of force forms whose text is a secret. Everybody gets it, and it knows no names.
(function () {
  "use strict";
  var fields = '[data-bb-test-id^="force-field-keychain_secret_"]';
  function mask(field) {
    var line = field.tagName === "INPUT";
    var wanted = {autocomplete: line ? "new-password" : "off", autocapitalize: "off",
      autocorrect: "off", spellcheck: "false"};
    if (line) wanted.type = "password";
    Object.keys(wanted).forEach(function (name) {
      if (field.getAttribute(name) !== wanted[name]) field.setAttribute(name, wanted[name]);
    });
    if (Object.prototype.hasOwnProperty.call(field, "defaultValue")) return;
    // React writes what is typed into the document as well: an attribute, or the text of an element.
    field.defaultValue = "";
    Object.defineProperty(field, "defaultValue", {get: function () { return ""; }, set: function () {}});
    // As in a field for passwords.
    ["copy", "cut", "dragstart"].forEach(function (name) {
      field.addEventListener(name, function (event) { event.preventDefault(); });
    });
  }
  function maskAll() { document.querySelectorAll(fields).forEach(mask); }
  // It is called before anything is painted.
  new MutationObserver(maskAll).observe(document.documentElement, {childList: true, subtree: true,
    attributes: true, attributeFilter: ["autocomplete", "data-bb-test-id", "type"]});
  maskAll();
})();
