;; Two codes that nobody could tell apart.
;; expect load: it declares the code `found` twice

(func (export "asogate:policy/policy@0.1.0#describe") (type $describe)
  (i32.store (i32.const 0x31c) (i32.const 2))
  (i32.const 0x300))
