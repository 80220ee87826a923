"use strict";
document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const body = JSON.stringify({ user: form.user.value, password: form.password.value });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${location.origin}/login`, { method: "POST", headers, body });
  if (answer.ok) location.assign("/");
  else form.querySelector("output").textContent = (await answer.json()).message;
});
