import type { Words } from "../../base/locale";

const en = {
  title: "Face check",
  asked: "The customer was asked to:",
  noPortrait: "There is no portrait on record, or only one that is too new. Without one nobody can say that it is the same person.",
  portrait: "Portrait on record",
  frame: (n: number) => `Picture ${n}`,
  choose: "Pictures of the check",
  zoom: "Zoom",
  judge: "Is it the person of the portrait, and did they do what was asked? Record it at the right. Each look is on record.",
  second: "Is it the person of the portrait, and did they do what was asked? Then approve; else reject.",
  show: "Show the pictures",
  onRecord: "Each look is on record.",
  kind: "Judged to be the same person",
  broken: "The picture cannot be shown",
  again: "Fetch the pictures again",
};

export const face: Words<typeof en> = {
  en,
  "zh-Hans": {
    title: "人脸核验",
    asked: "要求客户完成的动作：",
    noPortrait: "没有留存照片，或留存照片录入过晚，无法判断是否为同一人。",
    portrait: "留存照片",
    frame: (n) => `图片 ${n}`,
    choose: "核验图片",
    zoom: "放大",
    judge: "是否与留存照片为同一人，并完成了要求的动作？请在右侧登记。每次查看都会被记录。",
    second: "是否与留存照片为同一人，并完成了要求的动作？是则同意，否则驳回。",
    show: "显示图片",
    onRecord: "每次查看都会被记录。",
    kind: "人脸判定为同一人",
    broken: "图片无法显示",
    again: "重新获取图片",
  },
};
