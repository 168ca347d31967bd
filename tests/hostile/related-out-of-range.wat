;; Names a related object that does not exist.
;; expect evaluate: finding 1: object 3 does not exist

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store (i32.const 0x700) (i32.const 3))
  (i32.store (i32.const 0x540) (i32.const 0x700))
  (i32.store (i32.const 0x544) (i32.const 1))
  (i32.const 0x600))
