;; More advice than anybody reads.
;; limit REMEDIES
;; expect evaluate: finding 1: it has 17 remedies; the limit is 16

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store (i32.const 0x538) (i32.const 0x700))
  (i32.store (i32.const 0x53c) (i32.const 17))
  (i32.const 0x600))
