import type { Words } from "../base/locale";
import type { Mood } from "./shown";

type W = {
  title: string; all: string; choose: string; customers: string; agents: string; desk: string; cut: string; cutMore: string; failed: string;
  none: string; theirs: (name: string) => string; write: string; send: string; took: string; refused: string; nobody: string; notSent: string;
  rings: string; from: (n: string) => string; answer: string; decline: string; talking: (t: string) => string; said: string; hangUp: string; keypad: string; keys: string; pressed: string;
  gone: Record<string, string>; lasted: (t: string) => string; ringsAt: (who: string) => string; textAt: (who: string) => string; show: string; unread: (n: number) => string;
  network: string; provider: string; moods: Record<Mood, string>; other: string; sim: (who: string) => string; simOld: string; simNew: (t: string) => string; swap: string; back: string; trouble: string; opensTab: string;
};

export const words: Words<W> = {
  en: {
    title: "Phones", all: "All phones", choose: "Whose phone", customers: "Customers", agents: "Call centre", desk: "Desk phone", cut: "No connection to the phones", cutMore: "Trying again.", failed: "That did not work. Try again.",
    none: "No texts and no calls yet.", theirs: (n) => `${n}’s phone`, write: "Reply", send: "Send", took: "Holdfast took it", refused: "Holdfast refused it", nobody: "Holdfast did not answer", notSent: "It could not be sent. Try again.",
    rings: "Incoming call", from: (n) => `From ${n}`, answer: "Answer", decline: "Decline", talking: (t) => `On the phone for ${t}`, said: "What the call said", hangUp: "Hang up", keypad: "Keypad", keys: "These calls listen to no keys. Say what you are asked for.", pressed: "Pressed:",
    gone: { completed: "Call ended", busy: "Call declined", "no-answer": "Missed call", failed: "The call failed", canceled: "The caller hung up" }, lasted: (t) => `lasted ${t}`, ringsAt: (w) => `${w}: the phone rings`, textAt: (w) => `${w}: a new text`, show: "Show", unread: (n) => (n === 1 ? "1 new" : `${n} new`),
    network: "The network", provider: "The SMS and call provider", moods: { fine: "works", slow: "is slow (4 seconds)", failing: "fails (503)", twice: "tells everything twice", cut: "is cut off" }, other: "A fault of another kind is set.",
    sim: (w) => `SIM of ${w}`, simOld: "Not swapped lately", simNew: (t) => `Swapped at ${t}`, swap: "Swap the SIM now", back: "Undo the swap", trouble: "That did not work. Try again.", opensTab: "opens a new tab",
  },
  "zh-Hans": {
    title: "手机", all: "所有手机", choose: "谁的手机", customers: "客户", agents: "呼叫中心", desk: "坐席电话", cut: "无法连接到手机", cutMore: "正在重试。", failed: "操作未成功，请重试。",
    none: "还没有短信和来电。", theirs: (n) => `${n} 的手机`, write: "回复", send: "发送", took: "Holdfast 已收到", refused: "Holdfast 拒绝了", nobody: "Holdfast 没有回应", notSent: "未能发送，请重试。",
    rings: "来电", from: (n) => `来自 ${n}`, answer: "接听", decline: "拒接", talking: (t) => `已通话 ${t}`, said: "电话里说的内容", hangUp: "挂断", keypad: "拨号键盘", keys: "通话不识别按键，请直接说出对方询问的内容。", pressed: "已按：",
    gone: { completed: "通话结束", busy: "已拒接", "no-answer": "未接来电", failed: "呼叫失败", canceled: "对方已挂断" }, lasted: (t) => `时长 ${t}`, ringsAt: (w) => `${w}：电话响了`, textAt: (w) => `${w}：有新短信`, show: "查看", unread: (n) => `${n} 条新消息`,
    network: "网络", provider: "短信和电话服务商", moods: { fine: "正常", slow: "缓慢（4 秒）", failing: "出错（503）", twice: "每条通知发两次", cut: "断开连接" }, other: "已设置其他类型的故障。",
    sim: (w) => `${w} 的 SIM 卡`, simOld: "近期未更换", simNew: (t) => `${t} 已更换`, swap: "立即更换 SIM 卡", back: "换回原卡", trouble: "操作未成功，请重试。", opensTab: "在新标签页中打开",
  },
};
