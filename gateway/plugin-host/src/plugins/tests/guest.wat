;; A filter that does nothing, for tests. VERSION and TROUBLE are put in before it is compiled: what it calls its version (five bytes),
;; and instructions that its `on-request` begins with.
(module
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (data (i32.const 16) "guest")
  (data (i32.const 32) "VERSION")
  (data (i32.const 48) "{\22type\22:\22object\22,\22properties\22:{\22header\22:{\22type\22:\22string\22}},\22additionalProperties\22:false}")
  ;; The manifest: name, version, schema, interest in requests, nothing wanted.
  (data (i32.const 512)
    "\10\00\00\00\05\00\00\00" "\20\00\00\00\05\00\00\00" "\30\00\00\00\58\00\00\00" "\01\00\00\00")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8192))
  (func (export "yumen:plugin/lifecycle@0.1.0#describe") (result i32) (i32.const 512))
  (func (export "yumen:plugin/lifecycle@0.1.0#configure") (param i32 i32) (result i32) (i32.const 4096))
  (func (export "yumen:plugin/lifecycle@0.1.0#self-test") (result i32) (i32.const 4096))
  (func (export "yumen:plugin/filtering@0.1.0#on-request") (param i32 i32 i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    TROUBLE
    (i32.const 4096))
  (func (export "yumen:plugin/filtering@0.1.0#on-body") (param i32 i32 i32 i32 i64) (result i32) (i32.const 4096))
  (func (export "yumen:plugin/filtering@0.1.0#on-call") (param i32 i32 i64) (result i32) (i32.const 4096))
  (func (export "yumen:plugin/filtering@0.1.0#on-outcome") (param i32 i64) (result i32) (i32.const 4096))
  (func (export "yumen:plugin/filtering@0.1.0#on-response") (param i32 i32 i32 i64) (result i32) (i32.const 4096))
  (func (export "yumen:plugin/filtering@0.1.0#on-end") (param i32 i64 i64)))
