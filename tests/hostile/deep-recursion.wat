;; Calls itself until the stack is full, with frames that WebAssembly keeps.
;; limit STACK_BYTES
;; expect evaluate: it called itself too deeply: the limit is 512 KiB of stack

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (call $deeper (i32.const 1)))

(func $deeper (param $depth i32) (result i32)
  (i32.add (call $deeper (i32.add (local.get $depth) (i32.const 1))) (local.get $depth)))
