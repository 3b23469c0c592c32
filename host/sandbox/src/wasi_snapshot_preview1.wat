;; What a core module finds where it looks for WASI's preview 1: a stub with nothing behind it. With this adapter, which
;; `wit-component` takes in place of its own, a program in Go, C, C++, Nim or Zig becomes a component that imports no
;; WASI at all.
;;
;; It has all 46 functions, since what is only linked must not stop a plugin. There is no file, no folder, no socket, no
;; argument and no variable. The clock stands still but for those who wait. What is written to stdout and stderr goes to
;; the contract's log. Answers are errno values: 0 success, 8 bad file descriptor, 28 invalid, 52 not supported, 70 not
;; seekable.
(module
  ;; level: 1 info, 3 error; then the text's address and length.
  (import "autotag:plugin/log@1.0.0" "log" (func $log (param $level i32) (param $text i32) (param $length i32)))
  (import "env" "memory" (memory 0))

  ;; Every clock's time, in ns. Not 0, which Go takes for a broken clock.
  (global $now (mut i64) (i64.const 1))
  ;; The generator of random numbers: its seed is always the same, so that a plugin always answers the same.
  (global $random (mut i64) (i64.const 0x2545f4914f6cdd1d))

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

  (func (export "clock_res_get") (param $clock i32) (param $resolution i32) (result i32)
    (i64.store (local.get $resolution) (i64.const 1))
    (i32.const 0))
  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $time i32) (result i32)
    (i64.store (local.get $time) (global.get $now))
    (i32.const 0))

  ;; xorshift, a byte at a time.
  (func (export "random_get") (param $address i32) (param $length i32) (result i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $address) (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $address) (local.get $end)))
        (global.set $random (i64.xor (global.get $random) (i64.shl (global.get $random) (i64.const 13))))
        (global.set $random (i64.xor (global.get $random) (i64.shr_u (global.get $random) (i64.const 7))))
        (global.set $random (i64.xor (global.get $random) (i64.shl (global.get $random) (i64.const 17))))
        (i64.store8 (local.get $address) (i64.shr_u (global.get $random) (i64.const 32)))
        (local.set $address (i32.add (local.get $address) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  ;; The end of stdin.
  (func (export "fd_read") (param $fd i32) (param i32 i32) (param $read i32) (result i32)
    (if (i32.ne (local.get $fd) (i32.const 0)) (then (return (i32.const 8))))
    (i32.store (local.get $read) (i32.const 0))
    (i32.const 0))

  ;; What is written becomes lines of the log: an info of stdout, an error of stderr. Runtimes write a line piece by
  ;; piece, so it is kept until its newline comes.
  (func (export "fd_write") (param $fd i32) (param $buffers i32) (param $count i32) (param $written i32) (result i32)
    (local $at i32) (local $end i32) (local $total i32)
    (if (i32.eqz (i32.or (i32.eq (local.get $fd) (i32.const 1)) (i32.eq (local.get $fd) (i32.const 2))))
      (then (return (i32.const 8))))
    (if (i32.ne (local.get $fd) (global.get $stream))
      (then
        (call $flush)
        (global.set $stream (local.get $fd))))
    (block $done
      (loop $next_buffer
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $at (i32.load (local.get $buffers)))
        (local.set $end (i32.add (local.get $at) (i32.load offset=4 (local.get $buffers))))
        (local.set $total (i32.add (local.get $total) (i32.load offset=4 (local.get $buffers))))
        (block $end_of_buffer
          (loop $next_byte
            (br_if $end_of_buffer (i32.eq (local.get $at) (local.get $end)))
            (call $take (i32.load8_u (local.get $at)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $next_byte)))
        (local.set $buffers (i32.add (local.get $buffers) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next_buffer)))
    (i32.store (local.get $written) (local.get $total))
    (i32.const 0))

  ;; The line that is being written: by which stream, how many bytes it has, and its last eight, which are not full yet.
  (global $stream (mut i32) (i32.const 1))
  (global $length (mut i32) (i32.const 0))
  (global $word (mut i64) (i64.const 0))

  ;; Takes a byte of a line. One that is too long goes on as another line, but not amid a character.
  (func $take (param $byte i32)
    (if (i32.eq (local.get $byte) (i32.const 10)) ;; newline
      (then
        (call $flush)
        (return)))
    (if (i32.or
          (i32.eq (global.get $length) (i32.const 1024))
          (i32.and
            (i32.gt_u (global.get $length) (i32.const 1020))
            (i32.ge_u (local.get $byte) (i32.const 0xc0))))
      (then (call $flush)))
    (global.set $word
      (i64.or
        (global.get $word)
        (i64.shl
          (i64.extend_i32_u (local.get $byte))
          (i64.extend_i32_u (i32.shl (i32.and (global.get $length) (i32.const 7)) (i32.const 3))))))
    (global.set $length (i32.add (global.get $length) (i32.const 1)))
    (if (i32.eqz (i32.and (global.get $length) (i32.const 7)))
      (then
        (call $keep (i32.sub (i32.shr_u (global.get $length) (i32.const 3)) (i32.const 1)) (global.get $word))
        (global.set $word (i64.const 0)))))

  ;; Logs the line. A text must be in memory for that, so it changes places with what is at the memory's beginning.
  (func $flush
    (local $words i32)
    (if (i32.or (i32.eqz (global.get $length)) (i32.eqz (memory.size))) (then return))
    (if (i32.and (global.get $length) (i32.const 7))
      (then (call $keep (i32.shr_u (global.get $length) (i32.const 3)) (global.get $word))))
    (local.set $words (i32.shr_u (i32.add (global.get $length) (i32.const 7)) (i32.const 3)))
    (call $exchange (local.get $words))
    (call $line
      (select (i32.const 1) (i32.const 3) (i32.eq (global.get $stream) (i32.const 1)))
      (i32.const 0)
      (global.get $length))
    (call $exchange (local.get $words))
    (global.set $length (i32.const 0))
    (global.set $word (i64.const 0)))

  ;; LINE BUFFER: `adapter` writes it.

  ;; Logs a text. Bytes that are no UTF-8 are left out: they would be a trap.
  (func $line (param $level i32) (param $text i32) (param $end i32)
    (local $valid i32)
    (loop $next
      (local.set $valid (call $end_of_utf8 (local.get $text) (local.get $end)))
      (if (i32.ne (local.get $valid) (local.get $text))
        (then
          (call $log (local.get $level) (local.get $text) (i32.sub (local.get $valid) (local.get $text)))))
      (local.set $text (i32.add (local.get $valid) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $text) (local.get $end)))))

  ;; Where the UTF-8 ends that a text begins with. The ranges are those of the Unicode standard, table 3-7.
  (func $end_of_utf8 (param $at i32) (param $end i32) (result i32)
    (local $first i32) (local $second i32) (local $more i32)
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (local.get $end))))
      (local.set $first (i32.load8_u (local.get $at)))
      (if (i32.ge_u (local.get $first) (i32.const 0x80))
        (then
          (if (i32.or
                (i32.lt_u (local.get $first) (i32.const 0xc2))
                (i32.gt_u (local.get $first) (i32.const 0xf4)))
            (then (return (local.get $at))))
          ;; How many bytes follow the first: 1, 2 or 3.
          (local.set $more
            (i32.add
              (i32.const 1)
              (i32.add
                (i32.ge_u (local.get $first) (i32.const 0xe0))
                (i32.ge_u (local.get $first) (i32.const 0xf0)))))
          (if (i32.ge_u (i32.add (local.get $at) (local.get $more)) (local.get $end))
            (then (return (local.get $at))))
          (local.set $second (i32.load8_u offset=1 (local.get $at)))
          (if (i32.or
                (i32.lt_u
                  (local.get $second)
                  (select
                    (i32.const 0xa0)
                    (select (i32.const 0x90) (i32.const 0x80) (i32.eq (local.get $first) (i32.const 0xf0)))
                    (i32.eq (local.get $first) (i32.const 0xe0))))
                (i32.gt_u
                  (local.get $second)
                  (select
                    (i32.const 0x9f)
                    (select (i32.const 0x8f) (i32.const 0xbf) (i32.eq (local.get $first) (i32.const 0xf4)))
                    (i32.eq (local.get $first) (i32.const 0xed)))))
            (then (return (local.get $at))))
          (loop $following
            (if (i32.ne
                  (i32.and (i32.load8_u (i32.add (local.get $at) (local.get $more))) (i32.const 0xc0))
                  (i32.const 0x80))
              (then (return (local.get $at))))
            (local.set $more (i32.sub (local.get $more) (i32.const 1)))
            (br_if $following (local.get $more)))
          (local.set $at
            (i32.add
              (local.get $at)
              (i32.add
                (i32.const 1)
                (i32.add
                  (i32.ge_u (local.get $first) (i32.const 0xe0))
                  (i32.ge_u (local.get $first) (i32.const 0xf0))))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next))
    unreachable)

  ;; stdin, stdout and stderr are character devices (2) that can be read and written (the rights 2 and 64) and nothing
  ;; else: a terminal, to which the C library writes line by line.
  (func (export "fd_fdstat_get") (param $fd i32) (param $stat i32) (result i32)
    (if (i32.gt_u (local.get $fd) (i32.const 2)) (then (return (i32.const 8))))
    (i64.store (local.get $stat) (i64.const 2))
    (i64.store offset=8 (local.get $stat) (i64.const 66))
    (i64.store offset=16 (local.get $stat) (i64.const 0))
    (i32.const 0))
  (func (export "fd_filestat_get") (param $fd i32) (param $stat i32) (result i32)
    (if (i32.gt_u (local.get $fd) (i32.const 2)) (then (return (i32.const 8))))
    (memory.fill (local.get $stat) (i32.const 0) (i32.const 64))
    (i32.store8 offset=16 (local.get $stat) (i32.const 2))
    (i32.const 0))

  ;; What the three standard streams take without doing anything.
  (func $standard (param $fd i32) (result i32)
    (select (i32.const 8) (i32.const 0) (i32.gt_u (local.get $fd) (i32.const 2))))
  (func (export "fd_close") (param $fd i32) (result i32) (call $standard (local.get $fd)))
  (func (export "fd_datasync") (param $fd i32) (result i32) (call $standard (local.get $fd)))
  (func (export "fd_fdstat_set_flags") (param $fd i32) (param i32) (result i32) (call $standard (local.get $fd)))
  (func (export "fd_sync") (param $fd i32) (result i32) (call $standard (local.get $fd)))

  ;; What they do not take.
  (func $not_seekable (param $fd i32) (result i32)
    (select (i32.const 8) (i32.const 70) (i32.gt_u (local.get $fd) (i32.const 2))))
  (func (export "fd_pread") (param $fd i32) (param i32 i32 i64 i32) (result i32) (call $not_seekable (local.get $fd)))
  (func (export "fd_pwrite") (param $fd i32) (param i32 i32 i64 i32) (result i32) (call $not_seekable (local.get $fd)))
  (func (export "fd_seek") (param $fd i32) (param i64 i32 i32) (result i32) (call $not_seekable (local.get $fd)))
  (func (export "fd_tell") (param $fd i32) (param i32) (result i32) (call $not_seekable (local.get $fd)))

  ;; No file, folder or socket is open, so every descriptor of one is a bad one.
  (func (export "fd_advise") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_allocate") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_fdstat_set_rights") (param i32 i64 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_size") (param i32 i64) (result i32) (i32.const 8))
  (func (export "fd_filestat_set_times") (param i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_dir_name") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_readdir") (param i32 i32 i32 i64 i32) (result i32) (i32.const 8))
  (func (export "fd_renumber") (param i32 i32) (result i32) (i32.const 8))
  (func (export "path_create_directory") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_filestat_get") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (i32.const 8))
  (func (export "path_link") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "path_readlink") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_remove_directory") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_rename") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_symlink") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "path_unlink_file") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_accept") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_recv") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_send") (param i32 i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "sock_shutdown") (param i32 i32) (result i32) (i32.const 8))

  ;; Waiting takes no time: the clock goes to the earliest deadline at once. A subscription is 48 bytes: userdata at 0,
  ;; its type at 8 (0: a clock), and a clock's timeout at 24 and flags at 40 (1: an absolute time). An event is 32:
  ;; userdata at 0, errno at 8, the type at 10. Each subscription to a file is answered by an error.
  (func (export "poll_oneoff") (param $in i32) (param $out i32) (param $count i32) (param $events i32) (result i32)
    (local $written i32) (local $found i32) (local $time i64) (local $earliest i64)
    (if (i32.eqz (local.get $count)) (then (return (i32.const 28))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (if (i32.load8_u offset=8 (local.get $in))
          (then
            (call $event (local.get $out) (local.get $in) (i32.const 8))
            (local.set $out (i32.add (local.get $out) (i32.const 32)))
            (local.set $written (i32.add (local.get $written) (i32.const 1))))
          (else
            (local.set $time (i64.load offset=24 (local.get $in)))
            (if (i32.eqz (i32.and (i32.load16_u offset=40 (local.get $in)) (i32.const 1)))
              (then
                (local.set $time (i64.add (local.get $time) (global.get $now)))
                ;; An endless wait does not end before it began.
                (if (i64.lt_u (local.get $time) (global.get $now)) (then (local.set $time (i64.const -1))))))
            (if (i32.or
                  (i32.eqz (local.get $found))
                  (i64.lt_u (local.get $time) (local.get $earliest)))
              (then
                (local.set $found (local.get $in))
                (local.set $earliest (local.get $time))))))
        (local.set $in (i32.add (local.get $in) (i32.const 48)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (if (i32.eqz (local.get $written))
      (then
        (if (i64.gt_u (local.get $earliest) (global.get $now)) (then (global.set $now (local.get $earliest))))
        (call $event (local.get $out) (local.get $found) (i32.const 0))
        (local.set $written (i32.const 1))))
    (i32.store (local.get $events) (local.get $written))
    (i32.const 0))
  (func $event (param $out i32) (param $subscription i32) (param $errno i32)
    (memory.fill (local.get $out) (i32.const 0) (i32.const 32))
    (i64.store (local.get $out) (i64.load (local.get $subscription)))
    (i32.store16 offset=8 (local.get $out) (local.get $errno))
    (i32.store8 offset=10 (local.get $out) (i32.load8_u offset=8 (local.get $subscription))))

  (func (export "sched_yield") (result i32) (i32.const 0))
  (func (export "proc_raise") (param i32) (result i32) (i32.const 52))
  (func (export "proc_exit") (param i32)
    (call $flush)
    unreachable)
)
