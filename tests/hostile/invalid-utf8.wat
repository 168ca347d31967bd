;; Returns a message that is not text.
;; expect evaluate: it broke the rules of the component model: invalid utf-8

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store8 (i32.const 0x163) (i32.const 0xff))
  (i32.const 0x600))
