;; Gives its finding a level that is not declared for the code.
;; expect evaluate: finding 1: the level `info` is not declared for the code `found`

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store16 (i32.const 0x508) (i32.const 0x0201)) ;; some, info
  (i32.const 0x600))
