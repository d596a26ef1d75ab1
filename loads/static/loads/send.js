// Uploads a file chosen or dropped anywhere on the form. Refuses a file that is too large before sending it.
// A progress bar shows the upload. If the upload fails, the page and the chosen file stay.
"use strict";

const form = document.querySelector("[data-send]");

if (form) {
    const input = form.querySelector("input[type=file]");
    // Keeps unfold from looking for the text field of its own file widget, which this input does not have.
    input.hasChangeListener = true;
    const status = form.querySelector("[data-status]");
    const area = form.querySelector(".vba-drop");

    const button = form.querySelector("[type=submit]");
    const bar = form.querySelector("progress");
    let sending = false;

    const tell = () => {
        const [file] = input.files;
        const tooLarge = file && file.size > Number(form.dataset.most);
        input.setCustomValidity(tooLarge ? "The file is too large." : "");
        status.textContent = file ? `${file.name}, ${file.size.toLocaleString("en")} bytes${tooLarge ? ": too large. Compress it with gzip, or upload it in parts" : ""}.` : "";
    };

    for (const kind of ["dragenter", "dragover"]) {
        form.addEventListener(kind, (event) => {
            event.preventDefault();
            if (!sending) area.classList.add("vba-over");
        });
    }
    form.addEventListener("dragleave", (event) => {
        if (!form.contains(event.relatedTarget)) area.classList.remove("vba-over");
    });
    form.addEventListener("drop", (event) => {
        event.preventDefault();
        area.classList.remove("vba-over");
        if (sending) return;
        if (event.dataTransfer.files.length > 1) {
            status.textContent = "Drop one file at a time.";
        } else if (event.dataTransfer.files.length) {
            input.files = event.dataTransfer.files;
            tell();
            button.focus();
        }
    });
    input.addEventListener("change", tell);

    const show = (isSending) => {
        sending = isSending;
        input.disabled = button.disabled = isSending;
        bar.hidden = !isSending;
        bar.value = 0;
        if (isSending) status.textContent = "Uploading…";
        else tell();
    };
    const failed = (text) => {
        show(false);
        const alert = document.createElement("p");
        alert.className = "vba-wrong";
        alert.setAttribute("role", "alert");
        alert.textContent = text;
        form.before(alert);
        button.focus();
    };
    const answered = (request) => {
        const page = location.href.split("#")[0];
        if (request.status === 201) {
            status.textContent = "Uploaded.";
            location.assign(request.getResponseHeader("Location"));
        } else if (request.responseURL !== page) {
            location.assign(request.responseURL); // The user was signed out.
        } else if (request.status === 413) {
            failed("The file is too large. Compress it with gzip, or upload it in parts.");
        } else {
            const reason = request.responseXML?.querySelector("[role=alert].vba-wrong");
            failed(reason?.textContent ?? `The upload failed (status ${request.status}). Reload the page and try again.`);
        }
    };
    const brokenOff = async () => {
        try {
            await input.files[0].slice(0, 1).arrayBuffer();
        } catch {
            input.value = "";
            failed("The file has changed since you chose it, so it was not uploaded. Choose it again.");
            return;
        }
        // The server may have the file and only its response was lost. A second upload does no harm.
        failed("The connection was lost. Try again, or reload the page and look for the file in the list below.");
    };

    form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (sending) return;
        document.querySelectorAll("[role=alert].vba-wrong").forEach((each) => each.remove());
        const content = new FormData(form);
        show(true);
        const request = new XMLHttpRequest();
        request.open("POST", form.action);
        request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
        request.responseType = "document";
        request.upload.addEventListener("progress", ({ loaded, total }) => { bar.value = loaded / total; });
        request.upload.addEventListener("load", () => { status.textContent = "Uploaded. Saving…"; });
        request.addEventListener("load", () => answered(request));
        request.addEventListener("error", brokenOff);
        request.send(content);
    });
    // The browser's Back button shows the page as it was: with a file, and uploading.
    addEventListener("pageshow", ({ persisted }) => {
        if (persisted) show(false);
        else tell();
    });
}
