// Parts of pages that htmx fetches after the page: their charts are drawn, and what goes wrong is said.
"use strict";

document.addEventListener("htmx:afterSettle", () => {
    if (document.readyState !== "complete") return; // unfold draws them when the page is loaded
    document.querySelectorAll(".chart").forEach((each) => {
        if (Chart.getChart(each)) each.classList.remove("chart");
    });
    if (document.querySelector(".chart")) renderCharts();
});

// Signed out meanwhile: the answer is the page to sign in, which belongs into the whole window.
document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, pathInfo } = event.detail;
    const asked = new URL(pathInfo.finalRequestPath, location.href).pathname;
    if (xhr.responseURL && new URL(xhr.responseURL).pathname !== asked) {
        event.detail.shouldSwap = false;
        location.reload();
    }
});

function failed(event) {
    const text = document.createElement("p");
    text.className = "vba-wrong";
    text.setAttribute("role", "alert");
    text.textContent = "This part could not be fetched. Load the page again to try once more.";
    event.detail.target.replaceChildren(text);
}

document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
