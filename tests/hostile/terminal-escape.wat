;; Hides in the terminal what stands above its message.
;; expect evaluate: finding 1: the message contains the control character U+001B

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store8 (i32.const 0x160) (i32.const 0x1b))
  (i32.const 0x600))
