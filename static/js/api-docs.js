"use strict";

// Draws the description of the API; nothing is fetched from anywhere but this server.
window.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("api-docs");
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.schema,
    deepLinking: true,
    validatorUrl: null,
    withCredentials: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
  });
});
