package messages

// Gestures are what a face check asks for, by code.
var gestures = map[string]Text{
	"turn_left":    {"Turn your head to the left.", "请把头转向左边。"},
	"turn_right":   {"Turn your head to the right.", "请把头转向右边。"},
	"look_up":      {"Look up.", "请抬头向上看。"},
	"hand_on_chin": {"Put a hand on your chin.", "请用一只手托住下巴。"},
	"two_fingers":  {"Hold up two fingers beside your face.", "请在脸旁伸出两根手指。"},
	"palm":         {"Hold up your open hand beside your face.", "请在脸旁张开手掌。"},
	"close_eyes":   {"Close your eyes.", "请闭上眼睛。"},
	"open_mouth":   {"Open your mouth.", "请张开嘴。"},
	"smile":        {"Smile.", "请微笑。"},
}

// Gesture is what somebody is asked to do, in a locale.
func Gesture(code, locale string) string { return gestures[code].In(locale) }

// FaceWords are the sentences of the face check's pages.
type FaceWords struct {
	Lang, Title, Ask, NoScript, Consent, Still, Camera, CameraTrying, CameraWorks, CameraFails, Begin, Cannot string
	Payment, To, Account, Do, You, Take, Retake, Send, Sending, NotSent, Wrong                                string
	Sent, Thanks, WeCall, Calling, DeadTitle, Dead, Again, NewLink, OnItsWay, NotNow, TryAgain, Call          string
	TooLarge, NoImage, Dimensions, Three                                                                      string
	TalkWords
}

// TalkWords are the sentences of what comes before the camera.
type TalkWords struct {
	Before, QuestionOf, Back                                                                  string
	Warning, Stop, Told, ReadFirst, Onward, StillPay, GoOn, StoppedTitle, Stopped, CallMe     string
	Waits, NotBefore, CallFollows, OnlyCall, OnlyCallText, RefuseInApp, RefuseByText, YouSaid string
	OverTitle, Over, AnswerAll, ReadIt, Answered, AppFirstTitle, AppFirst                     string
}

var faceEn = FaceWords{
	Lang: "en", Title: "Confirm with your face",
	Ask:      "Your bank asks you to confirm something with three pictures of your face. It takes about a minute.",
	NoScript: "Your browser does not let this page use the camera. Choose “please call me” below.",
	Consent:  "I agree that pictures of my face are taken, looked at by my bank, and deleted afterwards.",
	Still:    "I cannot move my head or my hands.",
	Camera:   "Try my camera", CameraTrying: "Allow the camera when your browser asks.", CameraWorks: "Your camera works.",
	CameraFails: "Your camera cannot be used. Allow it in your browser's settings and try again, or choose “please call me”.",
	Begin:       "Go on", Cannot: "I cannot do this: please call me",
	Payment: "You are about to confirm this payment", To: "To", Account: "Account", Do: "Look into the camera, and:",
	You:  "What your camera sees",
	Take: "Take a picture", Retake: "Take them again", Send: "Yes, it is right: send the pictures", Sending: "Sending…",
	NotSent: "The pictures did not arrive. They are still here: send them again.", Wrong: "This is wrong: please call me",
	Sent: "Your pictures have arrived", Thanks: "Thank you. Your bank looks at the pictures now. You can close this page.",
	WeCall: "We will call you", Calling: "Thank you. Your bank will call you on the number that it has of you.",
	DeadTitle: "This link does not work any more", Dead: "A link can be used once, and for ten minutes.", Again: "Send me a new link",
	NewLink: "A new link", OnItsWay: "If your bank still waits for this, a new link comes the way the last one did: by text, or in your " +
		"bank's app. Open the app to see it.",
	NotNow: "Not just now", TryAgain: "Something is not working on our side. Please try again in a minute. Nothing is lost.",
	Call:     "Did somebody on the phone tell you to open this? Hang up, and call the number on your card.",
	TooLarge: "A picture was larger than 2 MiB. Please take them again.", NoImage: "One of the files was no picture. Please take them again.",
	Dimensions: "A picture was too small or too large. Please take them again.", Three: "Three pictures are needed. Please take them again.",
	TalkWords: talkEn,
}

var talkEn = TalkWords{
	Before:     "Your bank holds a payment of yours, and asks you a few questions about it first.",
	QuestionOf: "Question %d of %d", Back: "Back",
	Warning: "Stop. Read this first.", Stop: "Stop: I do not want to pay", Told: "I was told to say this",
	ReadFirst: "Please read it first: {s} s", Onward: "I have read it, and still want to pay",
	StillPay: "Are you sure that you want to pay?", GoOn: "Yes, go on to the payment",
	StoppedTitle: "You have not approved the payment", Stopped: "It is still held. Refuse it now, so that nobody can approve it:",
	CallMe: "Please call me",
	Waits:  "Your payment waits", NotBefore: "Not before",
	CallFollows: "Nothing leaves your account before then, and after that only a call with us can release the payment.",
	OnlyCall:    "Only a call releases this payment", OnlyCallText: "Nothing leaves your account before you have spoken with us.",
	RefuseInApp:   "To refuse the payment, say so in your bank's app, or call the number on your card.",
	RefuseByText:  "To refuse the payment, answer NO to the text that brought you here, or call the number on your card.",
	YouSaid:       "What you told us",
	AppFirstTitle: "First look into your bank's app", AppFirst: "Your bank has something to show you there. Then come back to this page.",
	OverTitle: "This payment has been decided", Over: "There is nothing left to do here. Your bank's app says what became of it.",
	AnswerAll: "Please answer each of the questions.", ReadIt: "Please read the warning first.",
	Answered: "This was answered already. What was said first stands.",
}

var faceZh = FaceWords{
	Lang: "zh-Hans", Title: "用人脸确认", Ask: "您的银行请您用三张人脸照片确认一件事，大约需要一分钟。",
	NoScript: "您的浏览器不允许此页面使用摄像头。请选择下方的“请给我打电话”。",
	Consent:  "我同意拍摄我的人脸照片，由银行查看，并在之后删除。",
	Still:    "我不能移动头部或双手。",
	Camera:   "测试我的摄像头", CameraTrying: "浏览器询问时，请允许使用摄像头。", CameraWorks: "您的摄像头可以使用。",
	CameraFails: "无法使用您的摄像头。请在浏览器设置中允许后重试，或选择“请给我打电话”。",
	Begin:       "继续", Cannot: "我做不到：请给我打电话",
	Payment: "您将确认这笔付款", To: "收款人", Account: "账户", Do: "请看着摄像头，并且：", You: "您的摄像头画面",
	Take: "拍照", Retake: "重新拍摄", Send: "是的，没有问题：发送照片", Sending: "正在发送……",
	NotSent: "照片没有送达，但仍保留在这里：请再次发送。", Wrong: "这不对：请给我打电话",
	Sent: "照片已送达", Thanks: "谢谢。银行正在查看照片。您可以关闭此页面。",
	WeCall: "我们会给您打电话", Calling: "谢谢。银行会拨打您预留的号码联系您。",
	DeadTitle: "此链接已失效", Dead: "链接只能使用一次，十分钟内有效。", Again: "给我发送新链接",
	NewLink: "新链接", OnItsWay: "如果银行仍在等待此确认，新链接会以与上次相同的方式送达：通过短信，或在银行的应用中。请打开应用查看。",
	NotNow: "暂时无法处理", TryAgain: "我们这边出现了问题。请一分钟后再试。没有任何内容丢失。",
	Call:     "是否有人在电话里让您打开此页面？请挂断，并拨打您银行卡上的号码。",
	TooLarge: "有一张照片超过 2 MiB。请重新拍摄。", NoImage: "其中一个文件不是照片。请重新拍摄。",
	Dimensions: "有一张照片太小或太大。请重新拍摄。", Three: "需要三张照片。请重新拍摄。",
	TalkWords: talkZh,
}

var talkZh = TalkWords{
	Before:     "银行暂缓了您的一笔付款，需要先向您了解几个问题。",
	QuestionOf: "第 %d 题，共 %d 题", Back: "返回",
	Warning: "请停下来，先看这里。", Stop: "停止：我不想付款", Told: "有人让我这样回答",
	ReadFirst: "请先阅读：{s} 秒", Onward: "我已阅读，仍要付款",
	StillPay: "您确定要付款吗？", GoOn: "是的，继续付款",
	StoppedTitle: "您没有同意这笔付款", Stopped: "这笔付款仍处于暂缓状态。请立即拒绝，以免被他人同意：",
	CallMe: "请给我打电话",
	Waits:  "这笔付款正在等待", NotBefore: "最早",
	CallFollows: "在此之前，款项不会从您的账户汇出；之后，只有与我们通话才能放行这笔付款。",
	OnlyCall:    "只有通话才能放行这笔付款", OnlyCallText: "在您与我们通话之前，款项不会从您的账户汇出。",
	RefuseInApp:   "如要拒绝这笔付款，请在银行的应用中告知我们，或拨打银行卡背面的电话。",
	RefuseByText:  "如要拒绝这笔付款，请对带有此链接的短信回复“否”，或拨打银行卡背面的电话。",
	YouSaid:       "您的回答",
	AppFirstTitle: "请先打开银行应用", AppFirst: "银行有内容需要您先在应用中查看，然后再回到本页。",
	OverTitle: "这笔付款已有结果", Over: "您无需再做任何操作。请在银行的应用中查看结果。",
	AnswerAll: "请回答每一个问题。", ReadIt: "请先阅读提示。", Answered: "已回答过，以第一次的回答为准。",
}

// Face are the sentences in a locale.
func Face(locale string) FaceWords {
	if (Text{"en", "zh"}).In(locale) == "zh" {
		return faceZh
	}
	return faceEn
}
