"use strict";
const $ = (id) => document.getElementById(id);
const camera = () => navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" }, audio: false });

// The first page: does the camera work?
if ($("try")) {
  $("try").addEventListener("click", async () => {
    try {
      (await camera()).getTracks().forEach((t) => t.stop());
      $("camera").value = "yes";
      $("begin").disabled = false;
      $("tried").textContent = $("try").dataset.works;
    } catch {
      $("tried").textContent = $("try").dataset.fails;
    }
  });
}

// The second: three pictures, sent as one form.
if ($("take")) {
  const pictures = [];
  camera().then((stream) => { $("video").srcObject = stream; }, () => { $("taken").textContent = "–"; });
  $("take").addEventListener("click", () => {
    const video = $("video"), canvas = document.createElement("canvas");
    const scale = Math.min(1, 1280 / Math.max(video.videoWidth, video.videoHeight, 1));
    canvas.width = video.videoWidth * scale;
    canvas.height = video.videoHeight * scale;
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((b) => {
      if (b && pictures.length < 3) pictures.push(b);
      $("taken").textContent = pictures.length + " / 3";
      $("send").disabled = pictures.length < 3;
    }, "image/jpeg", 0.9);
  });
  $("pictures").addEventListener("submit", async (e) => {
    e.preventDefault();
    $("send").disabled = true;
    const form = new FormData();
    pictures.forEach((b, i) => form.append("frame", b, i + 1 + ".jpg"));
    try {
      const res = await fetch("/face/frames", { method: "POST", body: form });
      location.href = res.ok ? "/face" : location.href;
    } catch {
      $("send").disabled = false;
    }
  });
}
