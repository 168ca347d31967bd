;; A message of one megabyte.
;; limit LINE_BYTES
;; expect evaluate: finding 1: the message has 1000000 bytes; the limit is 4096

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (drop (memory.grow (i32.const 20)))
  (memory.fill (i32.const 0x10000) (i32.const 97) (i32.const 1000000))
  (i32.store (i32.const 0x528) (i32.const 0x10000))
  (i32.store (i32.const 0x52c) (i32.const 1000000))
  (i32.const 0x600))
