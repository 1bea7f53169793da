// The face check's page, in a browser with a camera. The server writes every
// page and every sentence; this tries the camera and takes the pictures.
// What it says never counts: people or a vendor judge the pictures.
import "../base/base.css";
import "./link.css";
import { keepFocus } from "../base/focus";

const $ = <T extends HTMLElement>(id: string) => document.getElementById(id) as T | null;
const camera = () => navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" }, audio: false });

const WANTED = 3; // pictures
const LONGEST = 1280; // pixels of a picture's longer side

/** The first page: nothing is asked of somebody whose camera cannot do it. */
function tryCamera(button: HTMLButtonElement, words: DOMStringMap) {
  const said = $("tried")!, begin = $<HTMLButtonElement>("begin")!;
  button.addEventListener("click", async () => {
    said.textContent = words["trying"]!;
    try {
      (await camera()).getTracks().forEach((t) => t.stop());
      $<HTMLInputElement>("camera")!.value = "yes";
      begin.disabled = false;
      begin.classList.add("primary");
      button.classList.remove("primary");
      said.textContent = words["works"]!;
      begin.focus();
    } catch {
      said.textContent = words["fails"]!;
    }
  });
}

/** The second: three pictures, each of which can be taken again, and then sent. */
function takePictures(form: HTMLFormElement, words: DOMStringMap) {
  const video = $<HTMLVideoElement>("video")!, take = $<HTMLButtonElement>("take")!, send = $<HTMLButtonElement>("send")!;
  const again = $<HTMLButtonElement>("again")!, said = $("said")!, shots = [...document.querySelectorAll<HTMLLIElement>(".shots li")];
  let pictures: Blob[] = [];
  let busy = false;
  const show = () => {
    shots.forEach((li, i) => {
      const picture = pictures[i];
      li.classList.toggle("taken", !!picture);
      if (!picture) {
        li.textContent = String(i + 1);
      } else if (!li.querySelector("img")) {
        const img = new Image();
        img.alt = `${i + 1}`;
        img.src = URL.createObjectURL(picture);
        li.replaceChildren(img);
      }
    });
    const all = pictures.length === WANTED;
    take.hidden = all;
    send.hidden = !all;
    again.hidden = pictures.length === 0;
  };
  const start = () =>
    camera().then(
      (stream) => {
        video.srcObject = stream;
        const ready = () => {
          take.disabled = false; // a press before there is a picture would do nothing
          said.textContent = "";
        };
        video.addEventListener("loadeddata", ready, { once: true });
      },
      () => {
        take.disabled = true;
        said.textContent = words["fails"]!;
      },
    );
  start();
  take.addEventListener("click", () => {
    if (!video.videoWidth || busy) return;
    const scale = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d")!.drawImage(video, 0, 0, canvas.width, canvas.height);
    busy = true;
    canvas.toBlob(
      (b) => {
        busy = false;
        if (!b) return;
        pictures.push(b);
        said.textContent = `${pictures.length} / ${WANTED}`;
        show();
        if (pictures.length === WANTED) send.focus();
      },
      "image/jpeg",
      0.9,
    );
  });
  again.addEventListener("click", () => {
    pictures = [];
    said.textContent = "";
    show();
    take.focus();
  });
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (busy) return;
    busy = true;
    said.textContent = words["sending"]!;
    const body = new FormData();
    pictures.forEach((b, i) => body.append("frame", b, `${i + 1}.jpg`));
    try {
      const res = await fetch(form.action, { method: "POST", body });
      if (res.status >= 500) throw new Error(String(res.status));
      if (res.ok || res.status === 410) {
        location.href = "/face"; // says thanks, or that it is over
        return;
      }
      const page = new DOMParser().parseFromString(await res.text(), "text/html");
      pictures = [];
      show();
      said.textContent = page.querySelector("[role=alert]")?.textContent ?? words["notSent"]!;
      busy = false;
    } catch {
      said.textContent = words["notSent"]!; // the pictures are still here
      busy = false;
    }
  });
  show();
}

keepFocus();
const button = $<HTMLButtonElement>("try");
if (button) tryCamera(button, button.dataset);
const form = $<HTMLFormElement>("pictures");
if (form) takePictures(form, form.dataset);
