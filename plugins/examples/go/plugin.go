// Tags each key pair with its creator.
package main

import (
	"cmp"
	"encoding/json"
	"strings"

	"key-pairs-go/autotag"
)

func init() { autotag.Export(plugin{}) }

func main() {}

type plugin struct{}

const eventPattern = `{
  "source": ["aws.ec2"],
  "detail-type": ["AWS API Call via CloudTrail"],
  "detail": {"eventSource": ["ec2.amazonaws.com"], "eventName": ["CreateKeyPair", "ImportKeyPair"]}
}`

// Where the answer of such a call names what it created: fields, with dots between them.
const idPath = "keyPairId"

func (plugin) Describe() autotag.Manifest {
	return autotag.Manifest{Name: "key-pairs-go", Version: "1.0.0", EventPatterns: []string{eventPattern}}
}

func (plugin) CheckSettings(text string) ([]string, error) {
	settings, err := readSettings(text)
	return []string{settings.OwnerKey, settings.PrincipalIDKey}, err
}

func (plugin) Extract(event autotag.Event, settingsText string) ([]autotag.Tagging, error) {
	settings, err := readSettings(settingsText)
	if err != nil {
		return nil, err
	}
	var call record
	if err := json.Unmarshal([]byte(event.Detail), &call); err != nil {
		return nil, autotag.Malformed(err.Error())
	}
	ids, err := call.created()
	if err != nil {
		return nil, err
	}
	tags, err := call.UserIdentity.tags(settings)
	if err != nil {
		return nil, err
	}
	return []autotag.Tagging{{Resources: ids, Tags: tags}}, nil
}

// What the plugin needs of a CloudTrail record.
type record struct {
	EventName        string   `json:"eventName"`
	UserIdentity     identity `json:"userIdentity"`
	ResponseElements any      `json:"responseElements"`
}

// The ids of what the call created.
func (call record) created() (ids []string, err error) {
	for _, value := range valuesAt(call.ResponseElements, idPath) {
		id, _ := value.(string)
		if id == "" {
			return nil, autotag.Malformed(call.EventName + ": responseElements." + idPath + " is no id")
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, autotag.Malformed(call.EventName + ": responseElements." + idPath + " is missing")
	}
	return ids, nil
}

// The values at a path of fields. Lists on it are walked through.
func valuesAt(value any, path string) (found []any) {
	if list, isList := value.([]any); isList {
		for _, item := range list {
			found = append(found, valuesAt(item, path)...)
		}
		return found
	}
	if path == "" {
		return []any{value}
	}
	field, rest, _ := strings.Cut(path, ".")
	if object, _ := value.(map[string]any); object[field] != nil {
		return valuesAt(object[field], rest)
	}
	return nil
}

type identity struct {
	UserName    string `json:"userName"`
	PrincipalID string `json:"principalId"`
}

// The tags that name the caller: the user's name, else that of the role's session, else the principal id.
func (caller identity) tags(settings settings) ([]autotag.Tag, error) {
	_, session, _ := strings.Cut(caller.PrincipalID, ":")
	owner := cmp.Or(caller.UserName, session, caller.PrincipalID)
	if owner == "" {
		return nil, autotag.CannotTell("userIdentity has neither userName nor principalId")
	}
	tags := []autotag.Tag{{Key: settings.OwnerKey, Value: owner}}
	if caller.PrincipalID != "" {
		tags = append(tags, autotag.Tag{Key: settings.PrincipalIDKey, Value: caller.PrincipalID})
	}
	return tags, nil
}

type settings struct {
	OwnerKey       string `json:"owner_key"`
	PrincipalIDKey string `json:"principal_id_key"`
}

// The operator's settings over the defaults.
func readSettings(text string) (settings, error) {
	read := settings{OwnerKey: "Owner", PrincipalIDKey: "PrincipalId"}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&read)
	return read, err
}
