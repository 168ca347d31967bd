;; Finds what it never said that it could find.
;; expect evaluate: finding 1: the code `lost` is not declared

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store (i32.const 0x140) (i32.const 0x74736f6c)) ;; "lost"
  (i32.store (i32.const 0x504) (i32.const 4))
  (i32.const 0x600))
