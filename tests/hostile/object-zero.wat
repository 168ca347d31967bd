;; Object 0 is how columns say that there is none.
;; expect evaluate: finding 1: object 0 does not exist

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store (i32.const 0x510) (i32.const 0))
  (i32.const 0x600))
