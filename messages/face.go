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
	Lang, Ask, Consent, Camera, CameraWorks, CameraFails, Still, Begin, Cannot                string
	Payment, To, Account, Do, Take, Send, Wrong, Thanks, Calling, Dead, Again, OnItsWay, Call string
}

var faceEn = FaceWords{
	Lang: "en", Ask: "Your bank asks you to confirm something with a picture of your face.",
	Consent: "I agree that pictures of my face are taken, looked at by my bank, and deleted afterwards.",
	Camera:  "Try my camera", CameraWorks: "Your camera works.", CameraFails: "Your camera cannot be used.",
	Still: "I cannot move my head or my hands.", Begin: "Go on", Cannot: "I cannot do this: please call me",
	Payment: "You are about to confirm this payment:", To: "to", Account: "account", Do: "Look into the camera, and:",
	Take: "Take a picture", Send: "Yes, it is right: send the pictures", Wrong: "This is wrong: please call me",
	Thanks: "Thank you. Your bank looks at the pictures now. You can close this page.", Calling: "Thank you. Your bank will call you.",
	Dead: "This link does not work any more.", Again: "Send me a new link", OnItsWay: "If it was yours, a new link is on its way: by text, or in your bank's app.",
	Call: "Did somebody on the phone tell you to open this? Hang up, and call the number on your card.",
}

var faceZh = FaceWords{
	Lang: "zh-Hans", Ask: "您的银行请您用一张面部照片确认一件事。",
	Consent: "我同意拍摄我的面部照片，由银行查看，并在之后删除。",
	Camera:  "测试我的摄像头", CameraWorks: "您的摄像头可以使用。", CameraFails: "无法使用您的摄像头。",
	Still: "我不能移动头部或双手。", Begin: "继续", Cannot: "我做不到：请给我打电话",
	Payment: "您将确认这笔付款：", To: "收款人", Account: "账户", Do: "请看着摄像头，并且：",
	Take: "拍照", Send: "是的，没有问题：发送照片", Wrong: "这不对：请给我打电话",
	Thanks: "谢谢。银行正在查看照片。您可以关闭此页面。", Calling: "谢谢。银行会给您打电话。",
	Dead: "此链接已失效。", Again: "给我发送新链接", OnItsWay: "如果这是您的链接，新链接正在发送：通过短信，或在银行的应用中。",
	Call: "是否有人在电话里让您打开此页面？请挂断，并拨打您银行卡上的号码。",
}

// Face are the sentences in a locale.
func Face(locale string) FaceWords {
	if (Text{"en", "zh"}).In(locale) == "zh" {
		return faceZh
	}
	return faceEn
}
