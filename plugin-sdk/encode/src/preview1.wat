;; WASI preview 1 for modules of compilers that know no other (Go, wasi-libc), in words of the gateway: output becomes log
;; lines, clocks and chance come from `system`, and there are no files, sockets, arguments or variables. A plugin built with
;; it imports nothing of WASI and runs in the fast lane. `wit-component` cuts off what a module does not use.
(module
  (import "env" "memory" (memory 0))
  (import "yumen:plugin/log@0.1.0" "write" (func $log (param i32 i32 i32)))
  (import "yumen:plugin/system@0.1.0" "now" (func $now (result i64)))
  (import "yumen:plugin/system@0.1.0" "ticks" (func $ticks (result i64)))
  (import "yumen:plugin/system@0.1.0" "random" (func $random (result i64)))

  ;; While the host has the guest allocate room, nothing may be called outside. A runtime that looks at the clock then (Go's
  ;; collector does) gets the last time it saw. A guest that never says so is taken to be free always.
  (global $may_call (mut i32) (i32.const 1))
  (global $last_now (mut i64) (i64.const 0))
  (global $last_ticks (mut i64) (i64.const 0))
  (func (export "yumen_may_call") (param i32) (global.set $may_call (local.get 0)))

  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $to i32) (result i32)
    (if (global.get $may_call)
      (then
        (if (local.get $clock)
          (then (global.set $last_ticks (i64.mul (call $ticks) (i64.const 1000))))
          (else (global.set $last_now (i64.mul (call $now) (i64.const 1000000)))))))
    (i64.store (local.get $to)
      (select (global.get $last_ticks) (global.get $last_now) (local.get $clock)))
    (i32.const 0))
  (func (export "clock_res_get") (param $clock i32) (param $to i32) (result i32)
    (i64.store (local.get $to) (select (i64.const 1000) (i64.const 1000000) (local.get $clock)))
    (i32.const 0))

  (func (export "random_get") (param $to i32) (param $length i32) (result i32)
    (local $word i64)
    (if (i32.eqz (global.get $may_call)) (then (return (i32.const 6)))) ;; try again
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $length)))
        (if (i32.eqz (i32.and (local.get $length) (i32.const 7)))
          (then
            (i64.store (local.get $to) (call $random))
            (local.set $to (i32.add (local.get $to) (i32.const 8)))
            (local.set $length (i32.sub (local.get $length) (i32.const 8))))
          (else
            (local.set $word (call $random))
            (i32.store8 (local.get $to) (i32.wrap_i64 (local.get $word)))
            (local.set $to (i32.add (local.get $to) (i32.const 1)))
            (local.set $length (i32.sub (local.get $length) (i32.const 1)))))
        (br $next)))
    (i32.const 0))

  ;; Each buffer is a line of the log: info from stdout, warn from stderr. A line's end is not part of it.
  (func (export "fd_write") (param $fd i32) (param $buffers i32) (param $count i32) (param $written i32) (result i32)
    (local $at i32) (local $length i32) (local $sum i32)
    (if (i32.gt_u (i32.sub (local.get $fd) (i32.const 1)) (i32.const 1)) (then (return (i32.const 8)))) ;; no such file
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $at (i32.load (local.get $buffers)))
        (local.set $length (i32.load offset=4 (local.get $buffers)))
        (local.set $sum (i32.add (local.get $sum) (local.get $length)))
        (if (local.get $length)
          (then
            (if (i32.eq (i32.load8_u (i32.sub (i32.add (local.get $at) (local.get $length)) (i32.const 1))) (i32.const 10))
              (then (local.set $length (i32.sub (local.get $length) (i32.const 1)))))))
        (if (i32.and (global.get $may_call) (i32.ne (local.get $length) (i32.const 0)))
          (then (call $log (i32.add (local.get $fd) (i32.const 1)) (local.get $at) (local.get $length))))
        (local.set $buffers (i32.add (local.get $buffers) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $written) (local.get $sum))
    (i32.const 0))
  (func (export "fd_fdstat_get") (param $fd i32) (param $to i32) (result i32)
    (if (i32.gt_u (local.get $fd) (i32.const 2)) (then (return (i32.const 8))))
    (i64.store (local.get $to) (i64.const 2)) ;; a character device
    (i64.store offset=8 (local.get $to) (i64.const 64)) ;; that may be written
    (i64.store offset=16 (local.get $to) (i64.const 0))
    (i32.const 0))

  ;; Nobody sleeps here: the first thing waited for has happened, and who waits for a clock looks at it again.
  (func (export "poll_oneoff") (param $in i32) (param $out i32) (param $count i32) (param $events i32) (result i32)
    (if (i32.eqz (local.get $count)) (then (return (i32.const 28))))
    (i64.store (local.get $out) (i64.load (local.get $in)))
    (i64.store offset=8 (local.get $out)
      (i64.shl (i64.and (i64.load (i32.add (local.get $in) (i32.const 8))) (i64.const 255)) (i64.const 16)))
    (i64.store offset=16 (local.get $out) (i64.const 0))
    (i64.store offset=24 (local.get $out) (i64.const 0))
    (i32.store (local.get $events) (i32.const 1))
    (i32.const 0))

  (func (export "proc_exit") (param i32) (unreachable))
  (func (export "args_sizes_get") (param i32 i32) (result i32)
    (i32.store (local.get 0) (i32.const 0)) (i32.store (local.get 1) (i32.const 0)) (i32.const 0))
  (func (export "environ_sizes_get") (param i32 i32) (result i32)
    (i32.store (local.get 0) (i32.const 0)) (i32.store (local.get 1) (i32.const 0)) (i32.const 0))
  (func (export "args_get") (param i32 i32) (result i32) (i32.const 0))
  (func (export "environ_get") (param i32 i32) (result i32) (i32.const 0))
  (func (export "fd_close") (param i32) (result i32) (i32.const 0))
  (func (export "fd_fdstat_set_flags") (param i32 i32) (result i32) (i32.const 0))
  (func (export "sched_yield") (result i32) (i32.const 0))

  ;; Files and sockets: none of that number, or not offered.
  (func (export "fd_advise") (param i32 i64 i64 i32) (result i32) (i32.const 52))
  (func (export "fd_allocate") (param i32 i64 i64) (result i32) (i32.const 52))
  (func (export "fd_datasync") (param i32) (result i32) (i32.const 52))
  (func (export "fd_fdstat_set_rights") (param i32 i64 i64) (result i32) (i32.const 52))
  (func (export "fd_filestat_get") (param i32 i32) (result i32) (i32.const 52))
  (func (export "fd_filestat_set_size") (param i32 i64) (result i32) (i32.const 52))
  (func (export "fd_filestat_set_times") (param i32 i64 i64 i32) (result i32) (i32.const 52))
  (func (export "fd_pread") (param i32 i32 i32 i64 i32) (result i32) (i32.const 52))
  (func (export "fd_prestat_dir_name") (param i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_prestat_get") (param i32 i32) (result i32) (i32.const 8))
  (func (export "fd_pwrite") (param i32 i32 i32 i64 i32) (result i32) (i32.const 52))
  (func (export "fd_read") (param i32 i32 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_readdir") (param i32 i32 i32 i64 i32) (result i32) (i32.const 52))
  (func (export "fd_renumber") (param i32 i32) (result i32) (i32.const 52))
  (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const 8))
  (func (export "fd_sync") (param i32) (result i32) (i32.const 52))
  (func (export "fd_tell") (param i32 i32) (result i32) (i32.const 8))
  (func (export "path_create_directory") (param i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_filestat_get") (param i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (i32.const 52))
  (func (export "path_link") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (i32.const 52))
  (func (export "path_readlink") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_remove_directory") (param i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_rename") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_symlink") (param i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "path_unlink_file") (param i32 i32 i32) (result i32) (i32.const 52))
  (func (export "proc_raise") (param i32) (result i32) (i32.const 52))
  (func (export "sock_accept") (param i32 i32 i32) (result i32) (i32.const 52))
  (func (export "sock_recv") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "sock_send") (param i32 i32 i32 i32 i32) (result i32) (i32.const 52))
  (func (export "sock_shutdown") (param i32 i32) (result i32) (i32.const 52)))
