import type { Words } from "../base/locale";
import type { Hold, Scenario } from "./hold";

type Story = { name: string; about: string; push: string };

type W = {
  title: string; about: string; choose: string; stories: Record<Scenario, Story>; starting: string; notStarted: string; again: string;
  next: string; begin: (who: string) => string; text: string; call: string; callEnds: string; callAsks: string; nobodyLeft: string; soon: string; telling: string; parked: string; lost: string; lostMore: string;
  decided: Record<string, string>; released: string; reversed: string; frozen: (who: string) => string; pushLimit: string;
  waits: string; waitsForCall: string; waitsStopped: string; anew: (who: string) => string; talked: Record<"release" | "reverse", string>;
  passDay: string; passing: string; notPassed: string; ahead: (t: string) => string;
  life: string; none: string; states: Record<Hold["status"], string>; now: (state: string) => string; deadline: string; nextStep: string; waitEnds: string; steps: string; step: (n: number) => string; noSteps: string;
  channels: Record<string, string>; challenge: Record<string, string>; answers: Record<string, string>; causes: Record<string, string>; to: string;
  app: (who: string) => string; phone: string; console: string; opening: string; appFailed: string; retry: string;
  pages: string; links: Record<string, string>; newTab: string;
};

export const words: Words<W> = {
  en: {
    title: "Holdfast", about: "A bank holds a payment that looks wrong, asks its customer outside the payment’s channel, and lets it go or takes it back.",
    choose: "Choose a story", starting: "The payment is on its way …", notStarted: "The story could not begin", again: "Is the stack still running? Choose it again.",
    stories: {
      ordinary: { name: "Ordinary transfer", about: "Maria pays somebody new.", push: "On the phone, press Approve, type the PIN 1234, and send." },
      stolen: { name: "Stolen session", about: "A thief pays in her name.", push: "On the phone, press “This was not me”." },
      scam: { name: "Scam in progress", about: "Somebody poses as her bank.", push: "On the phone, say “No” twice, then “Yes” and “To pay somebody for something”: the payment has to wait. Other answers make it stricter, and none makes a yes suffice. Refuse at any time; who says nothing for two minutes is called." },
      sim: { name: "SIM swap", about: "Her number was moved an hour ago.", push: "The text was refused: the SIM is new. The app is asked instead: approve on the phone, with the PIN 1234." },
      silence: { name: "Nobody answers", about: "She never looks at her phone.", push: "Do nothing. When the time is up, the payment goes back." },
      caught: { name: "One caught, all stopped", about: "Three customers pay the same account.", push: "On the phone, press “This was not me”." },
    },
    next: "What to do", begin: (who) => `Choose a story. Its payment appears on ${who}’s phone.`,
    text: "A text is on its way. When it is there, reply with its code, or still approve on the phone.",
    call: "At Ana’s desk, take the next case and call. Two phones ring under “Texts and calls”: answer Ana’s, then the customer’s. The customer reads out the number that the app shows: type it at the desk.",
    callEnds: "Then record what was said.", callAsks: "Ask the questions aloud, record the answers, then what came of it. A refusal ends it. With the first answer to each, and half a minute on the line, it can be confirmed; other answers may make it wait again.",
    nobodyLeft: "There is nobody left to ask. When the time is up, the payment goes back.", soon: "The next step opens in a moment.",
    telling: "Decided. The bank’s ledger is being told.", parked: "Decided. The bank’s ledger refuses to hear of it: an engineer has to look.", lost: "No connection to the stack", lostMore: "Trying again.",
    decided: { approved: "The payment was approved.", refused: "The payment was refused.", not_me: "“This was not me”: it was stopped at once.", deadline: "Time was up and nobody had approved.", unanswered: "Nobody answered.", undeliverable: "Nobody could be reached.", exhausted: "There was nobody left to ask.", override: "The bank itself decided.", payee_mule: "Two people of the bank reversed all that waited for this payee.", locked: "A lock that the customer set refuses it." },
    released: "The money goes to its payee.", reversed: "The money stays with its owner.", frozen: (who) => `${who} is frozen: until somebody has spoken to her, payments are asked about by phone only. The next story thaws her.`,
    pushLimit: "The app was not asked: five pushes an hour may go unanswered, and no more.",
    waits: "The payment waits. No yes counts meanwhile; a no does at once. On the phone, read the warning: stop, go on, or say “I was told to say this”. To go on with the story, press “Let a day pass”.",
    waitsForCall: "After these answers only an agent’s call can release it, once it has waited. Read the warning on the phone, stop there at any time, or press “Let a day pass”.",
    waitsStopped: "The customer is called at once. After “I was told to say this”, or an answer that comes to it, by a supervisor: at the desk, sign out in the menu and sign in as Sam. Take the next case and call. A refusal ends it, on the phone as well; a yes counts only after the wait.",
    anew: (who) => `Meanwhile the bank wrote to ${who}, at half time and at the end: see “Texts and calls”. The phone asks anew and shows what was answered: read on and ask for a call, with the PIN 1234, or refuse. Who says nothing for two minutes is called.`,
    talked: { reverse: "That is what the questions, the warning and the wait are for.", release: "Questions, a warning, time and a call, and it was still wanted: if it was a scam after all, the bank says so later, and that is kept with the hold." },
    passDay: "Let a day pass", passing: "A day passes …", notPassed: "The clock could not be put forward. Is the stack still running?", ahead: (t) => `The stack’s clock is ${t} ahead.`,
    life: "The hold’s life", none: "No payment is held.", states: { held: "Held", releasing: "Releasing", released: "Released", reversing: "Reversing", reversed: "Reversed" }, now: (s) => `The hold is now: ${s}.`,
    deadline: "Until it goes back", nextStep: "Until the next step", waitEnds: "Until a yes counts", steps: "Whom it asked", step: (n) => `Step ${n}`, noSteps: "Nobody yet.",
    channels: { push: "App", sms: "Text", facelink: "Face check", callback: "Call by an agent" },
    challenge: { open: "waits for an answer", answered: "answered", expired: "no answer", undeliverable: "not sent", cancelled: "not needed any more" },
    answers: { approve: "approved", deny: "refused", not_me: "“not me”" },
    causes: { wait: "taken back: the payment waits", sim_swapped: "the SIM is new", amount_ceiling: "too much money for a text", no_eligible_device: "no phone that may approve", portrait_missing: "no portrait to compare with", portrait_too_young: "the portrait is too new", push_limit: "asked too often", text_limit: "enough texts were sent", number_limit: "enough texts were sent", line_type: "no mobile number", trust_unknown: "the number cannot be checked", throttled: "the provider is busy", opted_out: "the customer wants no texts", frozen: "the customer is frozen" },
    to: "to", app: (who) => `${who}’s phone: the bank’s app`, phone: "Texts and calls", console: "Ana’s desk: the agents’ console", opening: "The phone is being prepared …", appFailed: "The phone could not be prepared", retry: "Try again",
    pages: "Each user’s own page", links: { app: "The app", phones: "Phones", console: "Agents’ console", docs: "API", temporal: "Temporal" }, newTab: "opens a new tab",
  },
  "zh-Hans": {
    title: "Holdfast", about: "银行先暂缓一笔可疑付款，在付款渠道之外询问客户，然后放行或撤销。",
    choose: "选择一个场景", starting: "付款正在提交……", notStarted: "场景未能开始", again: "开发环境还在运行吗？请重新选择。",
    stories: {
      ordinary: { name: "普通转账", about: "客户向新收款人付款。", push: "请在手机上点“同意”，输入 PIN 码 1234，然后汇出。" },
      stolen: { name: "会话被盗", about: "有人盗用客户的身份付款。", push: "请在手机上点“这不是我操作的”。" },
      scam: { name: "正在被骗", about: "有人冒充银行。", push: "请在手机上选两次“没有”，再选“有”和“支付货款或费用”：这笔付款须等待。其他回答只会使处理更严格，仅在手机上同意都不够。您可以随时拒绝；两分钟内没有回应的，坐席会致电。" },
      sim: { name: "SIM 卡被换", about: "号码一小时前换了卡。", push: "短信被拒发：SIM 卡是新换的。改为在应用中向客户确认：请在手机上同意，PIN 码是 1234。" },
      silence: { name: "无人回应", about: "客户一直没看手机。", push: "什么都不用做。时间一到，付款会撤销。" },
      caught: { name: "一人识破，全部止付", about: "三位客户向同一个账户付款。", push: "请在手机上点“这不是我操作的”。" },
    },
    next: "接下来", begin: (who) => `请选择一个场景，付款会出现在 ${who} 的手机上。`,
    text: "短信即将送达。收到后请回复其中的验证码，或仍在手机上同意。",
    call: "在 Ana 的坐席领取下一个案件并拨打电话。“短信和电话”里会有两部电话响起：先接 Ana 的，再接客户的。客户读出应用显示的数字：在坐席输入。",
    callEnds: "然后记录结果。", callAsks: "请逐一口头询问并记录回答，再记录结果。客户拒绝即撤销；每题都选第一项且通话满半分钟后可以确认；其他回答可能使付款再次等待。",
    nobodyLeft: "没有其他人可以询问了。时间一到，付款会撤销。", soon: "下一步马上开始。",
    telling: "已作出决定，正在通知银行账务系统。", parked: "已作出决定，但账务系统拒绝接收，需要工程师处理。", lost: "无法连接到开发环境", lostMore: "正在重试。",
    decided: { approved: "客户已同意付款。", refused: "客户已拒绝付款。", not_me: "“不是我操作的”：付款立即撤销。", deadline: "时间已到，无人同意。", unanswered: "无人回应。", undeliverable: "无法联系到任何人。", exhausted: "没有其他人可以询问了。", override: "由银行自行决定。", payee_mule: "银行经两人复核，撤销了向该收款人的全部待处理付款。", locked: "客户自行设置的安全锁撤销了付款。" },
    released: "款项已付给收款人。", reversed: "款项留在客户账户中。", frozen: (who) => `${who} 已被冻结：在有人与其通话之前，只能通过电话询问付款。下一个场景会解除冻结。`,
    pushLimit: "没有在应用中向客户确认：每小时最多允许五次推送无人回应。",
    waits: "这笔付款正在等待：期满之前同意无效，拒绝立即生效。请在手机上阅读提示：取消付款、继续，或选“有人让我这样回答”。要继续这个场景，请点“让一天过去”。",
    waitsForCall: "由于这些回答，等待期满后只有坐席致电才能放行。请在手机上阅读提示，您可以随时在那里取消，或点“让一天过去”。",
    waitsStopped: "银行会立即致电。选了“有人让我这样回答”或作出同样意思的回答后，须由主管致电：请在坐席打开菜单退出登录，再以 Sam 登录。请领取下一个案件并拨打电话。拒绝即撤销，在手机上也可以；同意只有在等待期满后才有效。",
    anew: (who) => `等待期间，银行在中途和期满时都给 ${who} 发了短信：请看“短信和电话”。手机会再次询问，并显示之前的回答：请继续并要求来电（PIN 码 1234），或者拒绝。两分钟内没有回应的，坐席会致电。`,
    talked: { reverse: "这正是提问、提示和等待的意义。", release: "经过提问、提示、等待和通话，客户仍坚持付款：如果事后证实是诈骗，银行会补报，并记录在这笔付款中。" },
    passDay: "让一天过去", passing: "一天正在过去……", notPassed: "时钟未能拨快。开发环境还在运行吗？", ahead: (t) => `开发环境的时钟已拨快 ${t}。`,
    life: "付款处理进度", none: "目前没有暂缓的付款。", states: { held: "暂缓中", releasing: "放行中", released: "已放行", reversing: "撤销中", reversed: "已撤销" }, now: (s) => `当前状态：${s}。`,
    deadline: "距撤销还有", nextStep: "距下一步还有", waitEnds: "距同意生效还有", steps: "询问过程", step: (n) => `第 ${n} 步`, noSteps: "尚未询问。",
    channels: { push: "应用", sms: "短信", facelink: "人脸核验", callback: "坐席致电" },
    challenge: { open: "等待回答", answered: "已回答", expired: "无人回答", undeliverable: "未发送", cancelled: "不再需要" },
    answers: { approve: "已同意", deny: "已拒绝", not_me: "“不是我”" },
    causes: { wait: "已收回：付款正在等待", sim_swapped: "SIM 卡是新换的", amount_ceiling: "金额超过短信上限", no_eligible_device: "没有可以同意付款的手机", portrait_missing: "没有留存照片", portrait_too_young: "留存照片录入时间过短", push_limit: "询问次数过多", text_limit: "短信已发够次数", number_limit: "短信已发够次数", line_type: "不是手机号码", trust_unknown: "号码无法核实", throttled: "服务商繁忙", opted_out: "客户不接收短信", frozen: "客户已被冻结" },
    to: "付给", app: (who) => `${who} 的手机：银行应用`, phone: "短信和电话", console: "Ana 的坐席：坐席工作台", opening: "正在准备手机……", appFailed: "未能准备好手机", retry: "重试",
    pages: "各用户的页面", links: { app: "客户应用", phones: "手机", console: "坐席工作台", docs: "API", temporal: "Temporal" }, newTab: "在新标签页中打开",
  },
};
