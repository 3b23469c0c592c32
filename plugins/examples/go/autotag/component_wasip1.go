package autotag

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"
)

// What the host reads and writes directly in memory must stay where it is until the call ends, and with it the
// instance.
var kept []any

// In the component model's memory an address has 32 bits, and all that a plugin answers is a row of such words.
type words []uint32

//go:wasmimport autotag:plugin/log@1.0.0 log
func hostLog(level uint32, address unsafe.Pointer, length uint32)

func writeLog(level Level, message string) {
	hostLog(uint32(level), unsafe.Pointer(unsafe.StringData(message)), uint32(len(message)))
}

//go:wasmexport cabi_realloc
func allocate(_, _, _, size uint32) uint32 {
	return keep(make([]byte, size))
}

//go:wasmexport autotag:plugin/extractor@1.0.0#describe
func describe() uint32 {
	manifest := exported.Describe()
	return keep(join(text(manifest.Name), text(manifest.Version), list(manifest.EventPatterns, text)))
}

//go:wasmexport autotag:plugin/extractor@1.0.0#check-settings
func checkSettings(settings, settingsLen uint32) uint32 {
	keys, err := exported.CheckSettings(read(settings, settingsLen))
	if err != nil {
		return keep(join(words{1}, text(err.Error())))
	}
	return keep(join(words{0}, list(keys, text)))
}

//go:wasmexport autotag:plugin/extractor@1.0.0#extract
func extract(
	id, idLen, source, sourceLen, detailType, detailTypeLen, account, accountLen, region, regionLen, time, timeLen,
	detail, detailLen, settings, settingsLen uint32,
) uint32 {
	taggings, err := extractOrRecover(Event{
		ID:         read(id, idLen),
		Source:     read(source, sourceLen),
		DetailType: read(detailType, detailTypeLen),
		Account:    read(account, accountLen),
		Region:     read(region, regionLen),
		Time:       read(time, timeLen),
		Detail:     read(detail, detailLen),
	}, read(settings, settingsLen))
	if cannotTell := CannotTell(""); errors.As(err, &cannotTell) {
		return keep(join(words{1, 1}, text(err.Error())))
	}
	if skip := Skip(""); errors.As(err, &skip) {
		return keep(join(words{1, 2}, text(err.Error())))
	}
	if err != nil {
		return keep(join(words{1, 0}, text(err.Error())))
	}
	return keep(join(words{0}, list(taggings, func(tagging Tagging) words {
		return join(list(tagging.Resources, text), words{uint32(tagging.Related)}, list(tagging.Tags, func(tag Tag) words {
			return join(text(tag.Key), text(tag.Value))
		}))
	})))
}

// A panic would be a trap, and the operator would not see its text.
func extractOrRecover(event Event, settings string) (taggings []Tagging, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = Malformed(fmt.Sprint(reason))
		}
	}()
	return exported.Extract(event, settings)
}

func read(address, length uint32) string {
	return unsafe.String((*byte)(unsafe.Pointer(uintptr(address))), length)
}

func text(value string) words {
	return words{keep([]byte(value)), uint32(len(value))}
}

func list[T any](items []T, record func(T) words) words {
	var row words
	for _, item := range items {
		row = append(row, record(item)...)
	}
	return words{keep(row), uint32(len(items))}
}

func join(parts ...words) words {
	return slices.Concat(parts...)
}

// Answers the row's address.
func keep[T any](row []T) uint32 {
	kept = append(kept, row)
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(row))))
}
