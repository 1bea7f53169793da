package messages

import (
	"reflect"
	"strings"

	"holdfast/locales"
)

// Gestures are what a face check asks for, by code.
var gestures = map[string]Text{
	"turn_left":    "messages.gestures.turn_left",
	"turn_right":   "messages.gestures.turn_right",
	"look_up":      "messages.gestures.look_up",
	"hand_on_chin": "messages.gestures.hand_on_chin",
	"two_fingers":  "messages.gestures.two_fingers",
	"palm":         "messages.gestures.palm",
	"close_eyes":   "messages.gestures.close_eyes",
	"open_mouth":   "messages.gestures.open_mouth",
	"smile":        "messages.gestures.smile",
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

// Face are the sentences in a locale.
func Face(locale string) FaceWords {
	w := FaceWords{Lang: locales.Current().Spoken(locale, "messages.face.title")}
	say := reflect.ValueOf(&w).Elem()
	for _, f := range reflect.VisibleFields(say.Type()) {
		if f.Type.Kind() == reflect.String && f.Name != "Lang" {
			say.FieldByIndex(f.Index).SetString(Text("messages.face." + strings.ToLower(f.Name[:1]) + f.Name[1:]).In(locale))
		}
	}
	return w
}
