;; More related objects than anybody reads.
;; limit RELATED
;; expect evaluate: finding 1: it has 257 related objects; the limit is 256

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store (i32.const 0x540) (i32.const 0x700))
  (i32.store (i32.const 0x544) (i32.const 257))
  (i32.const 0x600))
