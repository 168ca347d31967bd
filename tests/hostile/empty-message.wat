;; Finds something and does not say what.
;; expect evaluate: finding 1: the message is empty

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store (i32.const 0x52c) (i32.const 0))
  (i32.const 0x600))
