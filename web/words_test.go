package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// chinese are the files whose sentences people read in Chinese.
func chinese(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, root := range []string{"src", "../locales", "../policy/default.yaml", "../examples", "../devstack/stack/policy.yaml", "../docs"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".d.ts") {
				return err
			}
			b, err := os.ReadFile(path)
			if utf8.Valid(b) && han.Match(b) {
				found[path] = string(b)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

var han = regexp.MustCompile(`\p{Han}`)

// One thing has one word in Chinese, in the app, the console, texts and policies: a
// payment that is held is 暂缓, one that is reversed 撤销, an agent 坐席, a face 人脸. The
// others were said once, and are not to come back.
func TestChineseWords(t *testing.T) {
	t.Parallel()
	old := map[string]string{
		"有一个问题": "有一笔付款待您确认", "有问题时": "有付款待确认时", "下单时间": "提交时间", "暗语": "预留信息", "这笔付款对吗": "请核对这笔付款", "参考号": "交易编号",
		"答复银行": "确认付款", "不能再答复": "已停用", "不认识": "系统中已没有", "不作数": "未生效", "未能成功": "操作未成功", "一生": "处理进度",
		"询问应用": "在应用中向客户确认", "未决定则": "自动撤销时间",
		"暂停": "暂缓", "扣留": "暂缓", "拦截": "暂缓", "拦下": "撤销", "退回": "撤销", "冲正": "撤销", "已停止": "已撤销", "批准": "同意",
		"座席": "坐席", "客服": "坐席", "面部": "人脸", "脸部": "人脸", "面容": "人脸",
	}
	files := chinese(t)
	for path, text := range files {
		for word, better := range old {
			for i, line := range strings.Split(text, "\n") {
				if strings.Contains(line, word) {
					t.Errorf("%s:%d: %s, say %s", path, i+1, word, better)
				}
			}
		}
	}
	if len(files) < 15 {
		t.Errorf("only %d files have Chinese", len(files))
	}
	app, console, door := files["../locales/zh-Hans/app.json"], files["src/console/words/work.ts"], files["src/door/words.ts"]
	for text, want := range map[string][]string{
		app: {"有一笔付款待您确认", "有付款待确认时通知我", "提交时间", "预留信息", "请核对这笔付款", "交易编号", "用本设备确认付款", "本设备已停用", "系统中已没有本设备", "操作未成功，未生效",
			"已暂缓", "已撤销"},
		console: {"自动撤销时间"},
		door:    {"付款处理进度", "距撤销还有", "在应用中向客户确认", `held: "暂缓中"`, `reversed: "已撤销"`},
	} {
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("nothing says %s any more", w)
			}
		}
	}
}

// Chinese has signs of its own. Letters and numbers beside them keep theirs.
func TestChinesePunctuation(t *testing.T) {
	t.Parallel()
	narrow := regexp.MustCompile(`\p{Han}[,;:!?()]|[,;!?(]\p{Han}|\p{Han}\.(?:["'\x60]|$)`)
	quoted := regexp.MustCompile("\"[^\"]*\"|`[^`]*`|^ *(?:- |[a-zA-Z-]+: ).*$")
	for path, text := range chinese(t) {
		for i, line := range strings.Split(text, "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "//") || strings.HasSuffix(path, ".md") {
				continue
			}
			for _, s := range quoted.FindAllString(line, -1) {
				if at := narrow.FindString(s); at != "" {
					t.Errorf("%s:%d: %q in %s", path, i+1, at, s)
				}
			}
		}
	}
}
