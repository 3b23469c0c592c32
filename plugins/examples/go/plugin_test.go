package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"key-pairs-go/autotag"
)

//go:embed events/create-key-pair.json
var recorded []byte

// What the plugin answers for the recorded call with this field, JSON, in place of its own.
func extractWith(t *testing.T, field, value, settings string) ([]autotag.Tagging, error) {
	t.Helper()
	var envelope struct{ Detail map[string]json.RawMessage }
	if err := json.Unmarshal(recorded, &envelope); err != nil {
		t.Fatal(err)
	}
	if field != "" {
		envelope.Detail[field] = json.RawMessage(value)
	}
	detail, err := json.Marshal(envelope.Detail)
	if err != nil {
		t.Fatal(err)
	}
	return plugin{}.Extract(autotag.Event{Detail: string(detail)}, settings)
}

func TestTags(t *testing.T) {
	for name, test := range map[string]struct {
		userIdentity string
		tags         []autotag.Tag
	}{
		"a user is named by the user name": {
			`{"type": "IAMUser", "userName": "bob", "principalId": "AIDAEXAMPLE"}`,
			[]autotag.Tag{{Key: "Owner", Value: "bob"}, {Key: "PrincipalId", Value: "AIDAEXAMPLE"}},
		},
		"an assumed role is named by its session": {
			`{"type": "AssumedRole", "principalId": "AROAEXAMPLE:alice"}`,
			[]autotag.Tag{{Key: "Owner", Value: "alice"}, {Key: "PrincipalId", Value: "AROAEXAMPLE:alice"}},
		},
		"a caller without a name is named by the principal id": {
			`{"type": "Root", "principalId": "111122223333"}`,
			[]autotag.Tag{{Key: "Owner", Value: "111122223333"}, {Key: "PrincipalId", Value: "111122223333"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			taggings, err := extractWith(t, "userIdentity", test.userIdentity, "{}")
			if err != nil || len(taggings) != 1 || len(taggings[0].Resources) != 1 {
				t.Fatalf("got %v and %v", taggings, err)
			}
			if !reflect.DeepEqual(taggings[0].Tags, test.tags) {
				t.Fatalf("got %v, expected %v", taggings[0].Tags, test.tags)
			}
		})
	}
}

func TestWithoutAnIdentityItCannotTell(t *testing.T) {
	for _, userIdentity := range []string{`null`, `{}`, `{"userName": "", "principalId": ""}`} {
		_, err := extractWith(t, "userIdentity", userIdentity, "{}")
		if cannotTell := autotag.CannotTell(""); !errors.As(err, &cannotTell) {
			t.Errorf("%s: got %v", userIdentity, err)
		}
	}
}

func TestAResponseWithoutTheIDIsMalformed(t *testing.T) {
	for _, responseElements := range []string{`null`, `{}`, `7`} {
		_, err := extractWith(t, "responseElements", responseElements, "{}")
		if malformed := autotag.Malformed(""); !errors.As(err, &malformed) {
			t.Errorf("%s: got %v", responseElements, err)
		}
	}
}

// What names these ids, JSON, at this path of fields.
func nest(path, ids string) string {
	field, rest, isNested := strings.Cut(path, ".")
	if isNested {
		ids = nest(rest, ids)
	}
	return `{"` + field + `": ` + ids + `}`
}

func TestEachIDAtThePathIsTagged(t *testing.T) {
	for ids, expected := range map[string][]string{
		`"first"`:             {"first"},
		`["first", "second"]`: {"first", "second"},
	} {
		taggings, err := extractWith(t, "responseElements", nest("keyPairId", ids), "{}")
		if err != nil || len(taggings) != 1 || !reflect.DeepEqual(taggings[0].Resources, expected) {
			t.Errorf("%s: got %v and %v", ids, taggings, err)
		}
	}
}

func TestAnIDThatIsNoTextIsMalformed(t *testing.T) {
	for _, ids := range []string{`7`, `""`, `{}`, `["first", 7]`} {
		_, err := extractWith(t, "responseElements", nest("keyPairId", ids), "{}")
		if malformed := autotag.Malformed(""); !errors.As(err, &malformed) {
			t.Errorf("%s: got %v", ids, err)
		}
	}
}

func TestSettingsRenameTheTags(t *testing.T) {
	settings := `{"owner_key": "CreatedBy"}`
	keys, err := plugin{}.CheckSettings(settings)
	if err != nil || !reflect.DeepEqual(keys, []string{"CreatedBy", "PrincipalId"}) {
		t.Errorf("got %v and %v", keys, err)
	}
	taggings, err := extractWith(t, "", "", settings)
	if err != nil || taggings[0].Tags[0].Key != "CreatedBy" {
		t.Errorf("got %v and %v", taggings, err)
	}
}

func TestASettingThatDoesNotExistIsRefusedByName(t *testing.T) {
	_, err := plugin{}.CheckSettings(`{"owner": "CreatedBy"}`)
	if err == nil || !strings.Contains(err.Error(), `"owner"`) {
		t.Errorf("got %v", err)
	}
}
