;; Returns a list at an address where no such list can stand.
;; expect evaluate: it broke the rules of the component model

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (i32.store (i32.const 0x604) (i32.const 0x501))
  (i32.const 0x600))
