// Keeps the state of a file up to date while a process is at it, then shows the whole page anew.
"use strict";

const watched = document.querySelector("[data-watch-load]");
const isRunning = () => watched.querySelector("[data-state]")?.dataset.state === "running";
let failures = 0;

async function refresh() {
    try {
        const answer = await fetch(watched.dataset.watchLoad, { headers: { "X-Requested-With": "fetch" } });
        if (answer.ok && !answer.redirected) {
            watched.innerHTML = await answer.text();
            failures = 0;
        } else if (answer.redirected || answer.status < 500) {
            location.reload();
            return;
        } else {
            failures += 1;
        }
    } catch {
        failures += 1;
    }
    if (isRunning()) wait();
    else location.reload();
}

function wait() {
    setTimeout(refresh, Math.min(1000 * 2 ** failures, 15000));
}

if (watched && isRunning()) wait();
