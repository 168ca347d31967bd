;; Returns a reason of 190 MB that would end far behind its memory.
;; expect evaluate: it broke the rules of the component model: string pointer/length out of bounds

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store (i32.const 0x600) (i32.const 1))
  (i32.store (i32.const 0x608) (i32.const 190000000))
  (i32.const 0x600))
