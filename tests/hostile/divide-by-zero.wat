;; A trap that has no name of its own in our words.
;; expect evaluate: it trapped: wasm trap: integer divide by zero

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.div_u (i32.const 1) (i32.const 0)))
