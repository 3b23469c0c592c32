;; What Go's runtime finds where it looks for WASI: nothing. With this adapter, which `wit-component` takes in place of
;; its own, a Go program becomes a component that imports no WASI at all.
;;
;; It has exactly what the runtime and `fmt` import: a plugin that reaches for more, such as a file, does not build, and
;; the error names the function. Answers are errno values: 0 success, 8 bad file descriptor, 52 not supported.
(module
  (import "env" "memory" (memory 0))

  (func (export "args_sizes_get") (param $count i32) (param $bytes i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $bytes) (i32.const 0))
    (i32.const 0))
  (func (export "args_get") (param i32 i32) (result i32) (i32.const 0))

  (func (export "environ_sizes_get") (param $count i32) (param $bytes i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $bytes) (i32.const 0))
    (i32.const 0))
  (func (export "environ_get") (param i32 i32) (result i32) (i32.const 0))

  ;; Every clock stands still: at 1 ns, since Go takes 0 for a broken clock.
  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $time i32) (result i32)
    (i64.store (local.get $time) (i64.const 1))
    (i32.const 0))

  ;; The seed of maps and of math/rand: always the same, so that a plugin always answers the same.
  (func (export "random_get") (param $address i32) (param $length i32) (result i32)
    (memory.fill (local.get $address) (i32.const 1) (local.get $length))
    (i32.const 0))

  ;; No file is open, not even stdout.
  (func (export "fd_close") (param i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_flags") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_dir_name") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_read") (param i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_write") (param i32 i32 i32 i32) (result i32) (i32.const 8))

  (func (export "poll_oneoff") (param i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "sched_yield") (result i32) (i32.const 0))
  (func (export "proc_exit") (param i32) unreachable)
)
