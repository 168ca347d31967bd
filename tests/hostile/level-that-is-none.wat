;; Gives a level that the contract does not know.
;; expect evaluate: it broke the rules of the component model

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store16 (i32.const 0x508) (i32.const 0x0901)) ;; some, the tenth
  (i32.const 0x600))
