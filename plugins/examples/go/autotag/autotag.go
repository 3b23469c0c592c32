// Package autotag is version 1 of the contract between autotag's host and its plugins, in Go. It is the same for every
// plugin: change it only with the contract, which also says what each field means.
package autotag

import "strings"

// Plugin is what a plugin answers. The host asks each question of a fresh instance.
type Plugin interface {
	Describe() Manifest
	// CheckSettings answers the only tag keys that Extract will write with these settings, a JSON object. The operator
	// sees the error.
	CheckSettings(settings string) ([]string, error)
	// Extract says what to tag for the event. Its error is Malformed, CannotTell or Skip; any other counts as Malformed.
	Extract(event Event, settings string) ([]Tagging, error)
}

type Manifest struct {
	Name, Version string
	EventPatterns []string
}

type Event struct {
	ID, Source, DetailType, Account, Region, Time, Detail string
}

type Tagging struct {
	Resources []string
	Related   Related
	Tags      []Tag
}

type Tag struct {
	Key, Value string
}

// Related is what the host looks up.
type Related uint32

const (
	Volumes Related = 1 << iota
	NetworkInterfaces
	Snapshots
	Parent
)

// Level is how much a line of the log matters.
type Level uint32

const (
	Debug Level = iota
	Info
	Warn
	Error
)

// Log writes a line into the host's log, beside the plugin's name and the event's id. Bytes that are no UTF-8, which
// would stop the plugin, are replaced.
func Log(level Level, message string) { writeLog(level, strings.ToValidUTF8(message, "\uFFFD")) }

// Malformed says that the event is not of the shape that the plugin knows.
type Malformed string

func (reason Malformed) Error() string { return string(reason) }

// CannotTell says that the event does not say what it takes to tag.
type CannotTell string

func (reason CannotTell) Error() string { return string(reason) }

// Skip says why there is nothing to tag.
type Skip string

func (reason Skip) Error() string { return string(reason) }

var exported Plugin

// Export makes a component of the plugin. Call it in init: the host never calls main.
func Export(plugin Plugin) { exported = plugin }
