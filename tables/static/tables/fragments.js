// Parts of pages that htmx loads after the page: draws their charts and reports failures.
"use strict";

document.addEventListener("htmx:afterSettle", () => {
    if (document.readyState !== "complete") return; // unfold draws them when the page has loaded.
    document.querySelectorAll(".chart").forEach((each) => {
        if (Chart.getChart(each)) each.classList.remove("chart");
    });
    if (document.querySelector(".chart")) renderCharts();
});

// If the user was signed out, the response is the sign-in page. Reload to show it in the whole window.
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
    text.textContent = "This part could not be loaded. Reload the page to try again.";
    event.detail.target.replaceChildren(text);
}

document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
