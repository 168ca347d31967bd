;; Speaks of an object that nobody has shown to it.
;; expect evaluate: finding 1: object 1000000 does not exist; there are 2, counted from 1

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store (i32.const 0x510) (i32.const 1000000))
  (i32.const 0x600))
